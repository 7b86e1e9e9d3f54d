// The provider's own library judges our signatures: the carrier's are valid to it, and those it makes are taken by the connector.
import assert from "node:assert/strict";
import { test } from "node:test";
import { example, library, taken } from "./lib.mjs";

const twilio = library("twilio");

test("S22 the official validator takes what the carrier signs", () => {
  const { forms, bodies } = JSON.parse(example("signatures"));
  assert.ok(forms.length >= 3 && bodies.length >= 1);
  for (const { token, url, params, signature } of forms) {
    assert.ok(twilio.validateRequest(token, signature, url, params), url);
    assert.ok(!twilio.validateRequest(token, signature, url, { ...params, Extra: "1" }), "a parameter more");
    assert.ok(!twilio.validateRequest("54321", signature, url, params), "another token");
  }
  for (const { token, url, body, signature } of bodies) {
    assert.ok(twilio.validateRequestWithBody(token, signature, url, body), url);
    assert.ok(!twilio.validateRequestWithBody(token, signature, url, `${body} `), "another body");
  }
});

test("S22 the connector takes what the official library signs, and nothing else", () => {
  const token = "12345";
  const webhook_url = "https://help.example.com/in/sms/KA1";
  const cases = [
    { params: { MessageSid: "SM1", From: "+491713920041", Body: "Grüße 안녕 👋 & = +", NumMedia: "0" }, query: "" },
    { params: { MessageSid: "SM2", MessageStatus: "delivered", To: "+491713920041", ErrorCode: "" }, query: "?message=IM1" },
    { params: { MessageSid: "SM3", From: "whatsapp:+491713920041", Body: "x".repeat(1600) }, query: "" },
  ];
  const requests = cases.flatMap(({ params, query }) => {
    const signed = (url) => [
      ["X-Twilio-Signature", twilio.getExpectedTwilioSignature(token, url, params)],
      ["Content-Type", "application/x-www-form-urlencoded"],
    ];
    const request = {
      kind: "sms", secrets: { auth_token: token }, webhook_url, target: `/in/sms/KA1${query}`,
      headers: signed(webhook_url + query), body: new URLSearchParams(params).toString(), at: 1,
    };
    return [
      request,
      { ...request, headers: signed(`https://help.example.com:443/in/sms/KA1${query}`) },
      { ...request, body: `${request.body}&Extra=1` },
      { ...request, secrets: { auth_token: "54321" } },
      { ...request, webhook_url: "https://elsewhere.example.com/in/sms/KA1" },
      { ...request, headers: [["X-Twilio-Signature", ""], request.headers[1]] },
      { ...request, headers: [request.headers[0], ["Content-Type", "application/json"]] },
    ];
  });
  assert.deepEqual(taken(requests), cases.flatMap(() => [true, true, false, false, false, false, false]));
});
