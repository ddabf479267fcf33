import type { PlotSettings } from "../plots/frame/settings.ts";
import { queryValue, setQuery } from "./address.ts";

/** What people have chosen in the plots, which the address keeps. */
export const plotSettings: PlotSettings = {
  get(name) {
    const value = queryValue(name);
    return value === "" ? null : value;
  },
  set(name, value) {
    setQuery({ [name]: value ?? "" });
  },
};
