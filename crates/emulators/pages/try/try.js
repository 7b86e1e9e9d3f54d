// The two tabs of small screens, and the buttons that ask before they act.
const both = document.querySelector(".both");
for (const tab of document.querySelectorAll("[data-show]")) {
  tab.addEventListener("click", () => {
    both.dataset.shown = tab.dataset.show;
    for (const other of document.querySelectorAll("[data-show]")) {
      other.setAttribute("aria-pressed", String(other === tab));
    }
  });
}

const SECONDS_TO_ANSWER = 5;
for (const button of document.querySelectorAll("[data-post]")) {
  const label = button.querySelector("span");
  label.setAttribute("aria-live", "polite");
  const name = label.textContent;
  let timer = 0;
  const say = (text, mark, backAfter) => {
    clearTimeout(timer);
    label.textContent = text;
    button.classList.remove("asks", "done", "failed");
    if (mark) button.classList.add(mark);
    if (backAfter) timer = setTimeout(() => say(name), backAfter * 1000);
  };
  const act = async () => {
    button.setAttribute("aria-disabled", "true");
    say(button.dataset.doing);
    try {
      const answer = await fetch(button.dataset.post, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      if (!answer.ok) throw new Error(`${answer.status}`);
      say(button.dataset.done, "done", SECONDS_TO_ANSWER);
    } catch (why) {
      console.error(`${button.dataset.post}:`, why);
      say(button.dataset.failed, "failed", SECONDS_TO_ANSWER);
    }
    button.removeAttribute("aria-disabled");
  };
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled")) return;
    if (!button.dataset.ask || button.classList.contains("asks")) act();
    else say(button.dataset.ask, "asks", SECONDS_TO_ANSWER);
  });
}
