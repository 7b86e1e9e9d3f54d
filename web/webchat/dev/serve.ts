// `npm run dev`: the built webchat on a sample shop, without a server. Build again after a change.
import { Mock } from "./mock.ts";

const mock = new Mock();
await mock.listen(Number(process.env["PORT"] ?? 4173));
console.log(`http://localhost:${mock.port}  (?lang=de, ?lang=ko, ?dark); write "live agent" to meet Ana`);
