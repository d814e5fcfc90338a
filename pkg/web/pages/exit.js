// Leaving at once. The link does it by itself; this makes it leave less behind:
// what was typed is emptied, the page goes blank before the other one has come,
// and the entry in the history becomes the other page's.
"use strict";
(() => {
  const link = document.getElementById("exit");
  const leave = () => {
    const to = link.href;
    for (const field of document.querySelectorAll("input, textarea, select")) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = false;
      else field.value = "";
    }
    document.body.replaceChildren();
    document.title = new URL(to).host;
    location.replace(to);
  };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  // Escape three times within two seconds. While somebody composes a word, as in
  // Japanese, the key belongs to that.
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat || event.isComposing) return;
    presses = [...presses.filter((at) => event.timeStamp - at < 2000), event.timeStamp];
    if (presses.length >= 3) leave();
  });
})();
