// The words about files on their way; they travel with them, so that nobody else loads them.
import type { Language } from "../../shared/protocol.ts";

const en = {
  removeFile: "Remove {name}",
  uploading: "{name}, {percent} % uploaded",
  tooBig: "{name} is {size}. Files may have up to {limit}",
  typeNo: "Files like {name} cannot be sent here",
  tooMany: "Up to {limit} files go with one message",
  empty: "{name} is empty",
  stillUploading: "A file is still on its way. Send again in a moment",
  pFileBig: "The file is too big: up to {limit}",
  pFileType: "This kind of file cannot be sent here",
};
export type FileTexts = typeof en;
const de: FileTexts = {
  removeFile: "{name} entfernen",
  uploading: "{name}, {percent} % hochgeladen",
  tooBig: "{name} hat {size}. Dateien dürfen höchstens {limit} haben",
  typeNo: "Dateien wie {name} können hier nicht gesendet werden",
  tooMany: "Höchstens {limit} Dateien pro Nachricht",
  empty: "{name} ist leer",
  stillUploading: "Eine Datei ist noch unterwegs. Senden Sie gleich noch einmal",
  pFileBig: "Die Datei ist zu groß: höchstens {limit}",
  pFileType: "Dateien dieser Art können hier nicht gesendet werden",
};
const ko: FileTexts = {
  removeFile: "{name} 빼기",
  uploading: "{name}, {percent}% 올라감",
  tooBig: "{name}은(는) {size}예요. 파일은 {limit}까지 보낼 수 있어요",
  typeNo: "{name} 같은 파일은 여기서 보낼 수 없어요",
  tooMany: "메시지 하나에 파일은 {limit}개까지예요",
  empty: "{name}은(는) 빈 파일이에요",
  stillUploading: "파일을 아직 올리고 있어요. 잠시 뒤에 다시 보내세요",
  pFileBig: "파일이 너무 커요. {limit}까지 보낼 수 있어요",
  pFileType: "이런 종류의 파일은 여기서 보낼 수 없어요",
};

export const FILE_TEXTS: Record<Language, FileTexts> = { en, de, ko };
