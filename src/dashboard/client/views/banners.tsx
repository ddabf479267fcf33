import { ViewLink } from "../parts/link.tsx";
import { Marked } from "../parts/section.tsx";
import { route } from "../state/address.ts";
import { command, page, studies, studiesError, study } from "../state/app.ts";
import { link, trouble } from "../state/connection.ts";
import { spanText } from "../state/format.ts";

/** What is wrong at the moment, above every view: the server, the database, the coordinator. */
export function Banners() {
  const data = study.value;
  // The list of studies says by itself why it has nothing to show.
  const isSaid = route.value.view === "studies" && !studies.value;
  const failure = isSaid ? null : (data?.error.value ?? studiesError.value);
  return (
    <div class="banners" role="alert">
      {link.value === "gone" && (
        <p class="banner is-danger">
          <Marked
            text={`The dashboard's server does not answer. What is shown may be old. If it has ended, type \`${command("dashboard")}\` in a terminal and open its link; this page goes on by itself when the same one answers again.`}
          />
        </p>
      )}
      {trouble.value !== null && !isSaid && (
        <p class="banner is-danger">
          The database cannot be read at the moment: <Marked text={trouble.value} />
        </p>
      )}
      {link.value !== "gone" && trouble.value === null && failure !== null && page.value !== null && (
        <p class="banner is-danger">
          <Marked text={failure} />{" "}
          {data !== null && <ViewLink to={{ view: "studies" }}>All studies</ViewLink>}
        </p>
      )}
      {data !== null && <Interrupted name={data.name} />}
    </div>
  );
}

/** Says that nobody runs a study that is not over, and what `resume` would do. */
function Interrupted({ name }: { readonly name: string }) {
  const data = study.value;
  const card = studies.value?.find((each) => each.study === name);
  const live = data?.live.value;
  const state = live?.state ?? card?.state;
  if (state === "interrupted")
    return (
      <p class="banner is-warning">
        The coordinator of this study has died: nothing runs, and nothing that was recorded is lost.{" "}
        <Marked text={card?.resume ? resumeText(card.resume) : `\`${command("resume", name)}\` goes on.`} />
      </p>
    );
  const silent = live?.heartbeatAgeMs ?? null;
  if (silent !== null && silent > 60_000)
    return (
      <p class="banner is-warning">
        The coordinator of this study has given no sign of life for {spanText(silent)}. If it does not come
        back, <code>{command("resume", name, "--takeover")}</code> takes the study over.
      </p>
    );
  return null;
}

/** What `resume` would do, with the command in backquotes. */
function resumeText({ text, command: typed }: { readonly text: string; readonly command: string }): string {
  return text.includes(typed) ? text : `\`${typed}\`: ${text}`;
}
