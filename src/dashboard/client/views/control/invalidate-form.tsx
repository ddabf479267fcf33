import { useState } from "preact/hooks";
import { invalidateAction } from "./action.ts";
import { ActionForm } from "./dialog.tsx";

/** Has a finished trial ignored, with the reason for those who come later. */
export function InvalidateForm({ study, number }: { readonly study: string; readonly number: number }) {
  const [reason, setReason] = useState("");
  return (
    <ActionForm study={study} action={invalidateAction(study, number, reason.trim())}>
      <div class="fields">
        <label>
          <span>Why</span>
          <input
            type="text"
            autocomplete="off"
            value={reason}
            placeholder="the data of that day were wrong"
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
      </div>
    </ActionForm>
  );
}
