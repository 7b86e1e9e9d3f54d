// At the end the others' books are opened: what the carrier took, delivered, refused, and what it was answered.
import assert from "node:assert/strict";
import { carrierLedger } from "../lib/phone.mjs";

export function books(story, house) {
  story.step("carrier-agrees", ["sms-answered"], async () => {
    const ledger = await carrierLedger(house.seaway);
    assert.deepEqual(ledger.refused, [], "the carrier refused none of our requests");
    const sids = ledger.accepted.map(({ sid }) => sid);
    assert.equal(new Set(sids).size, sids.length);
    const shown = Object.values(ledger.handsets).flat().filter((one) => !one.mine && !one.by_carrier);
    assert.equal(new Set(shown.map(({ sid }) => sid)).size, shown.length, "no phone shows a message twice");
    // A webhook may fail while the server is down; its last try has to be answered well.
    const last = new Map();
    for (const one of ledger.webhooks) last.set(`${one.kind} ${one.message_sid} ${one.status}`, one);
    const lost = [...last.values()].filter(({ answer_status: status, answered_at: at }) => at && !(status >= 200 && status < 300));
    assert.deepEqual(lost, [], "every webhook was answered well in the end");
  });
}
