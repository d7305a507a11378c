/* <details data-menu>: Escape closes it and returns the focus, a click or focus elsewhere closes it. */
function close(menu, refocus) {
  menu.open = false;
  if (refocus) menu.querySelector("summary").focus();
}

export function watchMenus(root) {
  const openMenus = () => root.querySelectorAll("details[data-menu][open]");
  const closeOthers = (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) close(menu, false);
  };
  root.addEventListener("click", closeOthers);
  root.addEventListener("focusin", closeOthers);
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) close(menu, menu.contains(document.activeElement));
  });
}
