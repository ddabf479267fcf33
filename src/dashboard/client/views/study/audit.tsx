import { useEffect, useState } from "preact/hooks";
import type { AuditEntryJson } from "../../../../report/page/page.ts";
import { api } from "../../data/api.ts";
import { TrialLink } from "../../parts/link.tsx";
import { Scroll } from "../../parts/scroll.tsx";
import { Empty, Section } from "../../parts/section.tsx";
import { say, ticks } from "../../state/app.ts";
import { timeText } from "../../state/format.ts";
import type { StudyData } from "../../state/study-data.ts";

/** How many entries come at a time. */
const MORE_AT = 20;

/** What people and other programs have told the study. */
export function Audit({ data }: { readonly data: StudyData }) {
  const [entries, setEntries] = useState<readonly AuditEntryJson[] | null>(null);
  const [hasMore, setHasMore] = useState(false);
  const state = data.live.value?.state;
  // A command, and a change of the state, bring new entries.
  useEffect(() => {
    api.audit(data.name).then(
      (found) => {
        setEntries(found);
        setHasMore(found.length >= MORE_AT);
      },
      () => setEntries((known) => known ?? []),
    );
  }, [data, ticks.value, state]);
  const more = async (): Promise<void> => {
    try {
      const found = await api.audit(data.name, entries?.at(-1)?.id);
      setEntries([...(entries ?? []), ...found]);
      setHasMore(found.length >= MORE_AT);
    } catch (fault) {
      say((fault as Error).message, true);
    }
  };
  if (entries === null) return null;
  return (
    <Section id="audit" title="Commands">
      {entries.length === 0 ? (
        <Empty>Nobody has told this study anything yet.</Empty>
      ) : (
        <Scroll label="Commands">
          <table class="audit">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">Trial</th>
                <th scope="col">Answer</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.id}>
                  <td class="soft">{timeText(entry.at)}</td>
                  <td>{entry.who ?? ""}</td>
                  <td>{entry.kind}</td>
                  <td>{entry.trial !== null && <TrialLink study={data.name} number={entry.trial} />}</td>
                  <td class={entry.ok === false ? "is-error" : ""}>{entry.text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {hasMore && (
        <button type="button" onClick={() => void more()}>
          Older
        </button>
      )}
    </Section>
  );
}
