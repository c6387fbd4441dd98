"use strict";
(() => {
  const STEP = 100;
  const rows = [...document.querySelectorAll("#questions > .question")];
  const buttons = [...document.querySelectorAll(".filters button")];
  const find = document.getElementById("find");
  const more = document.getElementById("more");
  const shown = document.getElementById("shown");
  const words = rows.map((row) => row.textContent.toLowerCase());
  let kind = "all";
  let limit = STEP;

  const update = () => {
    const wanted = find.value.trim().toLowerCase();
    let matching = 0;
    rows.forEach((row, index) => {
      const fits = (kind === "all" || row.dataset.kind === kind) && (!wanted || words[index].includes(wanted));
      matching += fits ? 1 : 0;
      row.hidden = !fits || matching > limit;
    });
    more.hidden = matching <= limit;
    shown.textContent = `${Math.min(matching, limit)} of ${matching} questions shown`;
  };

  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      kind = button.dataset.kind;
      limit = STEP;
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      update();
    }),
  );
  find.addEventListener("input", () => { limit = STEP; update(); });
  more.addEventListener("click", () => { limit += STEP; update(); });
  window.addEventListener("beforeprint", () => { limit = Infinity; update(); });
  update();
})();
