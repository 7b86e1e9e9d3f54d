import type { Texts } from "./en.ts";

const ko: Texts = {
  log: "메시지", chatWith: "{name} 채팅", here: "지금 상담 중이에요", team: "메시지를 남기면 여기에서 답해 드려요",
  connecting: "연결 중…", noNetwork: "연결 끊김", options: "채팅 메뉴", close: "채팅 닫기", message: "메시지", write: "메시지를 입력하세요",
  attach: "파일 첨부", send: "보내기", drop: "파일을 여기에 놓으면 첨부돼요", retry: "다시 시도", remove: "삭제",
  going: "보내는 중", waiting: "다시 연결되면 보내요", soon: "곧 보내요", flood: "한꺼번에 많이 보내셨어요. {seconds}초 뒤에 자동으로 보내요", notSent: "보내지 못함", sent: "보냄", delivered: "전달됨", read: "읽음",
  you: "나", bot: "도우미", shop: "상담팀", isTyping: "{name} 님이 입력하고 있어요", someone: "상담원", today: "오늘", yesterday: "어제",
  joined: "{name} 님이 들어왔어요", left: "{name} 님이 나갔어요", transferred: "{name} 님에게 전달했어요", transferredTeam: "다른 상담원에게 전달했어요", waitingAgent: "상담할 수 있는 사람을 찾고 있어요", closed: "이 대화는 끝났어요. 메시지를 보내면 새로 시작돼요", languageIs: "언어: {language}",
  expired: "이전 채팅이 만료되어 새 채팅을 시작했어요",
  offline: "{time}부터 오프라인이에요. 계속 쓰셔도 돼요",
  one: "새 메시지 1개", many: "새 메시지 {count}개", earlier: "이전 메시지", loading: "채팅을 불러오는 중",
  failedTitle: "채팅에 연결할 수 없어요", failedText: "자동으로 다시 시도해요. 지금 쓰신 글은 보관했다가 나중에 보내요.", refusedTitle: "여기서는 채팅을 시작할 수 없어요", refusedText: "이 페이지를 새로 고쳐 보세요. 그래도 안 되면 다른 방법으로 연락해 주세요.",
  choices: "추천 답변", left1: "{count}자 남음", tooLong: "{count}자 초과",
  edited: "수정됨",
  unsent: "회수된 메시지입니다",
  download: "{name} 열기, {size}", photo: "사진 {name}", language: "언어",
  prove: "내 전화번호 확인",
  pNetwork: "연결이 끊겼어요. 다시 시도해 주세요", pServer: "서버에 문제가 있어요. 잠시 뒤에 다시 시도해 주세요", pBlocked: "지금은 여기에서 메시지를 보낼 수 없어요", pTooLong: "글이 너무 길어요. {limit}자까지 보낼 수 있어요", pFlood: "한꺼번에 너무 많아요. {seconds}초 기다려 주세요", pSession: "채팅이 만료됐어요. 이 페이지를 새로 고쳐 주세요", pOther: "처리하지 못했어요: {detail}",
};
export default ko;
