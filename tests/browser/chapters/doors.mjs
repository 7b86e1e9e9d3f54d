// The front page of the demo, and everybody's way in: four people in one browser, a host each.
import assert from "node:assert/strict";
import { axe } from "../lib/axe.mjs";
import { Desk } from "../lib/desk.mjs";

export function doors(story, house) {
  story.step("try-page", [], async () => {
    house.staff = await house.browser.person("staff", { permissions: ["notifications"] });
    house.tryPage = await house.staff.newPage();
    await house.tryPage.goto(house.seaway.url("try", "/try?lang=en"));
    await house.tryPage.getByRole("heading", { name: "Be the customer" }).waitFor();
    await house.tryPage.frameLocator("#shop").locator("seaway-webchat button.launcher").waitFor();
    await house.tryPage.frameLocator("#phone").getByRole("textbox", { name: "Text message" }).waitFor();
    await axe(house.tryPage, "the try page");
    await house.browser.shoot(house.tryPage, "try");
  });

  story.step("sign-in", ["try-page"], async () => {
    for (const [key, label, name] of [["ana", /Ana/, "Ana"], ["ben", /Ben/, "Ben"], ["supervisor", /supervisor/i, "the supervisor"], ["admin", /admin/i, "the admin"]]) {
      house[key] = await Desk.fromTry(house.tryPage, label, name);
    }
    // A later sign-in must not have put out an earlier one: each host keeps its own.
    const names = new Set();
    for (const key of ["ana", "ben", "supervisor", "admin"]) {
      await house[key].page.reload();
      await house[key].nav.waitFor();
      names.add(await house[key].page.getByRole("button", { name: /, preferences$/ }).textContent());
    }
    assert.equal(names.size, 4, `four people are signed in: ${[...names].join(", ")}`);
    await house.ana.be("Available");
    await house.ben.be("Available");
    await axe(house.ana.page, "an empty desk");
  });
}
