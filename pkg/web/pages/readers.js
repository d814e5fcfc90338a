// Shows who would read a report while somebody fills in the form. It sends the
// answers that decide on it and none of the words of what happened, to where the
// form came from and nowhere else. Without it the button does the same.
(function () {
  "use strict";
  var box = document.getElementById("now");
  var form = box && box.closest("form");
  if (!form || !window.fetch || !window.URLSearchParams || !window.AbortController) return;
  var decides = /^(space|event|day|project|touches|here|risk|keepout|(who|role)[0-9]+)$/;
  var most = 60000, pause = 700;
  var timer, asking, asked = answers();

  function answers() {
    var out = new URLSearchParams();
    Array.prototype.forEach.call(form.elements, function (field) {
      if (!decides.test(field.name) || field.type === "checkbox" && !field.checked) return;
      if (field.value) out.append(field.name, field.value);
    });
    return out.toString();
  }

  function ask() {
    var now = answers();
    if (now === asked || now.length > most) return;
    asked = now;
    if (asking) asking.abort();
    asking = new AbortController();
    fetch(box.dataset.from, {
      method: "POST", body: now, signal: asking.signal, cache: "no-store", referrerPolicy: "no-referrer",
      headers: { "Content-Type": "application/x-www-form-urlencoded" }
    }).then(function (answer) {
      if (!answer.ok) throw new Error("not now");
      return answer.text();
    }).then(function (page) {
      // Read out only where it says something else.
      if (now === asked && page.trim() !== box.innerHTML.trim()) box.innerHTML = page;
    }).catch(function () {
      if (now === asked) asked = "";
    });
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
})();
