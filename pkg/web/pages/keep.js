// Buttons that copy and print a receipt, where the browser can.
"use strict";
for (const receipt of document.querySelectorAll("[data-copy]")) {
  const button = (words, press) => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = words;
    b.addEventListener("click", () => press(b));
    receipt.append(b, " ");
  };
  if (navigator.clipboard) {
    button(receipt.dataset.copy, (b) => {
      navigator.clipboard.writeText(receipt.querySelector(".code").textContent).then(() => {
        b.textContent = receipt.dataset.copied;
      }, () => {});
    });
  }
  button(receipt.dataset.print, () => window.print());
}
