import type { Language } from "../../shared/protocol.ts";
import { agentName, type State } from "../state.ts";
import { say } from "../texts.ts";
import { initials } from "../words.ts";
import { Icon } from "./Icon.tsx";
import { Menu } from "./Menu.tsx";

export function Header({ state, onClose, onProve, onLanguage }: { state: State; onClose: () => void; onProve: () => void; onLanguage: (language: Language) => void }) {
  const { appearance, language } = state;
  const agent = agentName(state);
  return (
    <header>
      {agent === null && appearance.logo ? (
        <img class="av" src={appearance.logo} alt="" />
      ) : (
        <span class="av" aria-hidden="true">
          {initials(agent ?? appearance.name)}
        </span>
      )}
      <div class="who">
        <h1>{agent ?? appearance.name}</h1>
        <p>{agent === null ? presence(state, agent) : `${presence(state, agent)} · ${appearance.name}`}</p>
      </div>
      <Menu state={state} onProve={onProve} onLanguage={onLanguage} />
      <button type="button" class="ib" aria-label={say(language, "close")} title={say(language, "close")} onClick={onClose}>
        <Icon name="down" />
      </button>
    </header>
  );
}

function presence(state: State, agent: string | null): string {
  if (state.net === "offline" || state.phase === "failed") return say(state.language, "noNetwork");
  if (state.phase === "loading" || state.net === "connecting") return say(state.language, "connecting");
  return say(state.language, agent === null ? "team" : "here");
}
