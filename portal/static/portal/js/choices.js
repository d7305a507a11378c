/* A choice marked data-exclusive ("none of these") clears the others in its group, and the others clear it. */
export function watchExclusiveChoices(root) {
  root.addEventListener("change", (event) => {
    const box = event.target;
    const group = box instanceof HTMLInputElement && box.checked ? box.closest("[data-choices]") : null;
    if (!group) return;
    for (const other of group.querySelectorAll("input[type=checkbox]:checked")) {
      if (other === box || (!box.hasAttribute("data-exclusive") && !other.hasAttribute("data-exclusive"))) continue;
      other.checked = false;
      other.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}
