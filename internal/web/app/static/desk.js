// Keys of the desk. Nothing needs them: each presses a link or a button of the page.
"use strict";
(function () {
  var rows = Array.prototype.slice.call(document.querySelectorAll("tr[data-case]")), form = document.getElementById("inbox");
  var keys = document.getElementById("keys"), chosen = document.getElementById("chosen"), hint = document.querySelector(".keyhint");
  var at = -1;
  if (hint) { hint.hidden = false; }
  function box(row) { return row.querySelector("input[type=checkbox]"); }
  function move(to) {
    if (!rows.length) { return; }
    if (at >= 0) { rows[at].classList.remove("at"); }
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].classList.add("at");
    rows[at].querySelector("a.go").focus();
    rows[at].scrollIntoView({ block: "nearest" });
  }
  function count() {
    var n = rows.filter(function (row) { return box(row).checked; }).length;
    rows.forEach(function (row) { row.classList.toggle("chosen", box(row).checked); });
    if (chosen) { chosen.textContent = n ? String(n) : ""; }
    if (form) { form.classList.toggle("some", n > 0); }
  }
  function choose() {
    if (at < 0) { move(0); }
    if (at >= 0) { box(rows[at]).checked = !box(rows[at]).checked; count(); }
  }
  function press(id) { var e = document.getElementById(id); if (e) { e.click(); } return Boolean(e); }
  // What is chosen, or else the case one is at.
  function act(word) {
    if (!form) { return; }
    if (!rows.some(function (row) { return box(row).checked; })) {
      if (at < 0) { return; }
      box(rows[at]).checked = true;
    }
    form.querySelector("button[value=" + word + "]").click();
  }
  function comment() {
    var field = document.getElementById("comment");
    if (field) { field.focus(); field.scrollIntoView({ block: "center" }); return; }
    if (at >= 0) { location.href = rows[at].querySelector("a.go").href + "#comment"; }
  }
  function search() { var field = document.getElementById("text") || document.getElementById("q"); if (field) { field.focus(); field.select(); } }
  var does = {
    j: function () { move(at + 1); }, k: function () { move(at - 1); }, x: choose, c: comment, "/": search,
    o: function () { if (at >= 0) { rows[at].querySelector("a.go").click(); } },
    a: function () { if (!press("acknowledge")) { act("acknowledge"); } },
    m: function () { if (!press("mine")) { act("assign"); } },
    u: function () { if (!press("undo")) { press("up"); } },
    "?": function () { if (keys && keys.showModal && !keys.open) { keys.showModal(); } }
  };
  document.addEventListener("keydown", function (event) {
    var field = event.target.closest && event.target.closest("input:not([type=checkbox]), select, textarea");
    if (field && event.key === "Escape") { field.blur(); return; }
    if (field || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || keys && keys.open) { return; }
    var what = Object.prototype.hasOwnProperty.call(does, event.key) && does[event.key];
    if (what) { event.preventDefault(); what(); }
  });
  rows.forEach(function (row, n) {
    row.addEventListener("focusin", function () { if (at !== n) { if (at >= 0) { rows[at].classList.remove("at"); } at = n; row.classList.add("at"); } });
  });
  if (form) { form.addEventListener("change", count); count(); }
  if (location.hash === "#comment") { comment(); }
})();
