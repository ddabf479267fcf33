import { render } from "preact";
import { followHistory } from "./state/address.ts";
import { begin } from "./state/app.ts";
import { followTheme } from "./state/theme.ts";
import { Page } from "./views/page.tsx";

const root = document.getElementById("page");
if (root) {
  followTheme();
  followHistory();
  render(<Page />, root);
  void begin();
}
