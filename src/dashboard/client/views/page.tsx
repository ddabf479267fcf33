import { useEffect, useErrorBoundary, useRef } from "preact/hooks";
import { ViewLink } from "../parts/link.tsx";
import { StudyState } from "../parts/words.tsx";
import { route } from "../state/address.ts";
import { page, said, study } from "../state/app.ts";
import { link, signedIn } from "../state/connection.ts";
import { lineOf } from "../state/fault.ts";
import { type Route, studyOf, writeAddress } from "../state/route.ts";
import { nextTheme, theme } from "../state/theme.ts";
import { Banners } from "./banners.tsx";
import { Compare } from "./compare/compare.tsx";
import { Dialogs } from "./control/dialog.tsx";
import { followKeys, KeyList, keysShown } from "./keys.tsx";
import { Plots } from "./plots.tsx";
import { SignIn } from "./sign-in.tsx";
import { Studies } from "./studies/studies.tsx";
import { Study } from "./study/study.tsx";
import { Trial } from "./trial/trial.tsx";
import { Trials } from "./trials/trials.tsx";

/** The whole page. */
export function Page() {
  useEffect(followKeys, []);
  const main = useRef<HTMLElement>(null);
  const to = route.value;
  const title = titleOf(to);
  const before = useRef(title);
  useEffect(() => {
    document.title = title;
    // Whoever reads the page with a screen reader or by keys goes on where the new view begins.
    if (before.current !== title) main.current?.focus({ preventScroll: true });
    before.current = title;
  }, [title]);
  if (signedIn.value === false) return <SignIn />;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Head />
      <Banners />
      <main id="main" ref={main} tabIndex={-1} class={`is-${to.view}`}>
        {page.value === null ? (
          <p class="empty">Asking the server …</p>
        ) : (
          <Guarded key={writeAddress(to)} to={to} />
        )}
      </main>
      <p class={`said ${said.value.isError ? "is-error" : ""}`} role="status" aria-live="polite">
        {said.value.text}
      </p>
      <KeyList />
      <Dialogs />
    </>
  );
}

/** A view that cannot be drawn says so, and the rest of the page stays. */
function Guarded({ to }: { readonly to: Route }) {
  const [fault] = useErrorBoundary();
  if (!fault) return <View to={to} />;
  return (
    <div class="empty">
      <h1>This view cannot be drawn</h1>
      <p class="is-error">{lineOf(fault)}</p>
      <p>
        That is a fault of Belay: please report it with this line. <a href={writeAddress(to)}>Try again</a>,
        or go to <ViewLink to={{ view: "studies" }}>all studies</ViewLink>.
      </p>
    </div>
  );
}

function View({ to }: { readonly to: Route }) {
  const data = study.value;
  if (to.view === "studies") return <Studies />;
  if (to.view === "compare") return <Compare studies={to.studies} />;
  if (to.view === "unknown" || !data)
    return (
      <div class="empty">
        <h1>There is no such page</h1>
        <p>
          <ViewLink to={{ view: "studies" }}>The list of studies</ViewLink> has them all.
        </p>
      </div>
    );
  if (to.view === "plots") return <Plots key={data.name} data={data} />;
  if (to.view === "trials") return <Trials key={data.name} data={data} />;
  if (to.view === "trial") return <Trial key={`${data.name} ${to.number}`} data={data} number={to.number} />;
  return <Study key={data.name} data={data} />;
}

function Head() {
  const to = route.value;
  const name = studyOf(to);
  const state = study.value?.live.value?.state ?? study.value?.head.value?.state;
  return (
    <header class="head">
      <nav aria-label="Studies and their views">
        <ViewLink to={{ view: "studies" }} class="logo" isCurrent={to.view === "studies"}>
          Belay
        </ViewLink>
        {name !== null && (
          <>
            <span class="study-name" title={name}>
              {name}
            </span>
            {state && <StudyState state={state} />}
            <span class="tabs">
              <Tab to={{ view: "study", study: name }} text="Overview" />
              <Tab to={{ view: "plots", study: name }} text="Plots" />
              <Tab to={{ view: "trials", study: name }} text="Trials" also="trial" />
            </span>
          </>
        )}
      </nav>
      <span class="tools">
        <Link />
        <button
          type="button"
          class="small"
          onClick={nextTheme}
          aria-label={`Colours: ${theme.value}. Change`}
        >
          {theme.value}
        </button>
        <button
          type="button"
          class="small"
          aria-label="Keys"
          onClick={() => {
            keysShown.value = true;
          }}
        >
          ?
        </button>
      </span>
    </header>
  );
}

function Tab(props: { readonly to: Route; readonly text: string; readonly also?: Route["view"] }) {
  const { to, text, also } = props;
  const { view } = route.value;
  return (
    <ViewLink to={to} isCurrent={view === to.view || view === also}>
      {text}
    </ViewLink>
  );
}

function Link() {
  const text = { opening: "connecting", open: "live", gone: "no server" }[link.value];
  return <span class={`link is-${link.value}`}>{text}</span>;
}

function titleOf(to: Route): string {
  const name = studyOf(to);
  const view = { study: "", plots: "Plots · ", trials: "Trials · " }[to.view as string] ?? "";
  if (to.view === "trial") return `Trial ${to.number} · ${name} · Belay`;
  if (to.view === "compare") return "Compare · Belay";
  return name === null ? "Belay" : `${view}${name} · Belay`;
}
