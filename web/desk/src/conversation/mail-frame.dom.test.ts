import type { Attachment } from "@seaway/api/types";
import { expect, test } from "vitest";
import { frameOf, picturesElsewhere } from "./mail-frame.ts";

const logo: Attachment = { id: "F1", name: "logo.png", type: "image/png", bytes: 1, width: 1, height: 1, state: "ready", url: "https://files.example/F1", thumbnail_url: null, sticker: false, problem: null };
const html = '<p>Hi <img src="cid:a@b"><img src="https://track.example/p.gif?a=1&amp;b=2"><img src="cid:gone"></p>';
const srcs = (page: string) => [...new DOMParser().parseFromString(page, "text/html").querySelectorAll("img")].map((img) => img.getAttribute("src"));

test("only the mail's own pictures are shown until the agent asks for the others", () => {
  expect(picturesElsewhere(html)).toEqual(["https://track.example/p.gif?a=1&b=2"]);
  expect(srcs(frameOf(html, { "a@b": "logo.png" }, [logo], new Map(), "/m.css"))).toEqual(["https://files.example/F1", null, null]);
  const loaded = new Map([["https://track.example/p.gif?a=1&b=2", "data:image/gif;base64,AA=="]]);
  expect(srcs(frameOf(html, { "a@b": "logo.png" }, [logo], loaded, "/m.css"))).toEqual(["https://files.example/F1", "data:image/gif;base64,AA==", null]);
});

test("a file that is no picture, or another's picture, takes no place", () => {
  const lying = { ...logo, type: "text/html" };
  expect(srcs(frameOf(html, { "a@b": "logo.png" }, [lying], new Map(), "/m.css"))).toEqual([null, null, null]);
  expect(srcs(frameOf('<img src="logo.png"><img src="data:image/svg+xml,x"><img src="http://plain.example/x.png">', {}, [logo], new Map(), "/m.css"))).toEqual([null, null, null]);
});
