// The shop's few moving parts: the filter, the cart's count, and who is signed in.
const page = document.body.dataset;
const store = {
  get: (key) => { try { return localStorage.getItem(`tidewater.${key}`); } catch { return null; } },
  set: (key, value) => {
    try {
      if (value === null) localStorage.removeItem(`tidewater.${key}`);
      else localStorage.setItem(`tidewater.${key}`, value);
    } catch { /* A browser without storage forgets at reload; nothing else depends on it. */ }
  },
};
const notice = document.getElementById("notice");
const tell = (text, bad = false) => {
  notice.textContent = text;
  notice.classList.toggle("bad", bad);
  clearTimeout(tell.timer);
  // Good news goes by itself; bad news stays until the next.
  if (text && !bad) tell.timer = setTimeout(() => tell(""), 4000);
};

for (const button of document.querySelectorAll("[data-filter]")) {
  button.addEventListener("click", () => {
    const kind = button.dataset.filter;
    for (const other of document.querySelectorAll("[data-filter]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    for (const card of document.querySelectorAll(".card")) {
      card.hidden = kind !== "all" && card.dataset.kind !== kind;
    }
  });
}

const cart = document.getElementById("cart");
let count = Number(store.get("cart")) || 0;
const showCart = () => {
  document.getElementById("count").textContent = String(count);
  cart.setAttribute("aria-label", `${cart.dataset.label}: ${count}`);
};
showCart();
for (const button of document.querySelectorAll("[data-add]")) {
  button.addEventListener("click", () => {
    count += 1;
    store.set("cart", String(count));
    showCart();
    tell(page.inCart.replace("{name}", button.dataset.add).replace("{count}", String(count)));
  });
}

// The chat's loader comes by itself and late: its functions are waited for.
async function chat() {
  const hasLoader = document.querySelector("script[data-channel]");
  for (let tries = 0; hasLoader && tries < 100; tries += 1) {
    if (window.seawayWebchat) return window.seawayWebchat;
    await new Promise((done) => setTimeout(done, 100));
  }
  return null;
}

const account = document.getElementById("account");
const who = document.getElementById("who");
const signOutButton = document.getElementById("sign-out");
const signInWord = who.textContent;
const signInButtons = [...document.querySelectorAll("[data-sign-in]")];

function showAccount(name) {
  who.textContent = name ?? signInWord;
  account.classList.toggle("in", Boolean(name));
  account.querySelector("summary").title = name ? page.signedIn : "";
  signOutButton.hidden = !name;
  for (const button of signInButtons) button.hidden = button.dataset.name === name;
}

async function signIn(user) {
  const answer = await fetch(`/shop/api/token?user=${encodeURIComponent(user)}`);
  if (!answer.ok) throw new Error(`token: ${answer.status}`);
  const { token, name } = await answer.json();
  store.set("user", user);
  showAccount(name);
  const loaded = await chat();
  if (loaded) loaded.identify(token);
  else tell(page.noChat, true);
}

async function trySignIn(user) {
  tell("");
  try {
    await signIn(user);
  } catch (why) {
    console.error("signing in:", why);
    tell(page.noSignIn, true);
  }
}

for (const button of signInButtons) {
  button.addEventListener("click", () => {
    account.open = false;
    trySignIn(button.dataset.signIn);
  });
}
signOutButton.addEventListener("click", async () => {
  account.open = false;
  store.set("user", null);
  showAccount(null);
  tell("");
  const loaded = await chat();
  if (loaded) await loaded.signOut();
});
document.addEventListener("click", (event) => {
  if (account.open && !account.contains(event.target)) account.open = false;
});
account.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !account.open) return;
  account.open = false;
  account.querySelector("summary").focus();
});

const known = store.get("user");
if (signInButtons.length === 0) account.hidden = true;
else if (signInButtons.some((button) => button.dataset.signIn === known)) trySignIn(known);
