/* Small comforts for every page. Each works on the page as the server made it; without JavaScript nothing is lost. */
import { watchPercentSets } from "./percent-total.js";
import { watchMenus } from "./menus.js";
import { watchExclusiveChoices } from "./choices.js";
import { watchSignOut } from "./sign-out.js";
import { dropExpired } from "./autosave/drafts.js";

function focusErrorSummary() {
  document.querySelector("[data-error-summary]")?.focus();
}

watchMenus(document);
watchPercentSets(document);
watchExclusiveChoices(document);
watchSignOut(document);
focusErrorSummary();
dropExpired();
