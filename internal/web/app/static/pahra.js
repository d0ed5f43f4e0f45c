// What the pages do when scripts run; none of it is needed to read them.
"use strict";
(function () {
  // The news: incidents come as they are found, and stand first in the list of the first page.
  var live = document.getElementById("live"), list = document.getElementById("news");
  function part(parent, tag, text, name) {
    var e = document.createElement(tag);
    e.textContent = text;
    if (name) { e.className = name; }
    parent.appendChild(e);
    return e;
  }
  function count() {
    ["n-hour", "n-day", "n-week"].forEach(function (id) {
      var b = document.getElementById(id), n = parseInt(b.textContent.replace(/,/g, ""), 10);
      if (!isNaN(n)) { b.textContent = String(n + 1).replace(/\B(?=(\d{3})+$)/g, ","); }
    });
  }
  function show(event) {
    var news = JSON.parse(event.data), one = news.incident;
    live.querySelector("span").textContent = "Last news: " + news.kind_name + (one ? "" : ", not public yet") + ", at " + new Date().toISOString().slice(11, 19) + " UTC";
    if (!one || !list) { return; }
    var old = Array.prototype.find.call(list.children, function (li) { return li.dataset.id === one.id; });
    if (!old && news.new) { count(); }
    var item = document.createElement("li"), link = part(item, "a", one.headline), more = part(item, "p", "");
    item.dataset.id = one.id;
    item.className = "fresh";
    link.href = news.path;
    part(more, "span", news.kind_name, "kind k-" + one.kind);
    part(more, "time", new Date(one.start).toISOString().slice(0, 16).replace("T", " "));
    part(more, one.end ? "span" : "b", one.end ? "lasted " + Math.round(one.lasted_ns / 1e9) + "s" : "still open");
    part(more, "span", "seen by " + one.peers);
    part(more, "span", "confidence " + one.confidence.toFixed(2));
    if (!one.named) { part(more, "span", "not named", "tag"); }
    if (old) { list.replaceChild(item, old); return; }
    list.insertBefore(item, list.firstChild);
    if (list.children.length > 30) { list.removeChild(list.lastChild); }
  }
  if (live && window.EventSource) {
    var events = new EventSource("/events");
    live.hidden = false;
    events.addEventListener("incident", show);
    events.onopen = function () { live.classList.add("on"); live.querySelector("span").textContent = "Listening for news"; };
    events.onerror = function () { live.classList.remove("on"); live.querySelector("span").textContent = "Not connected; trying again. Load the page again to see what came meanwhile."; };
  }

  // History: the table of months as lines to look into, where uPlot is there.
  function column(rows, n) {
    return rows.map(function (r) { var v = r.cells[n].dataset.v; return v === undefined || v === "" ? null : Number(v); });
  }
  function plot(table) {
    var rows = Array.prototype.slice.call(table.tBodies[0].rows), heads = table.tHead.rows[0].cells;
    if (rows.length < 2) { return; }
    var style = getComputedStyle(document.documentElement), ink = style.getPropertyValue("--quiet").trim(), line = style.getPropertyValue("--line").trim();
    var data = [rows.map(function (r) { return Date.parse(r.cells[0].textContent.trim() + "-01T00:00:00Z") / 1000; })], series = [{}];
    var dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
    for (var n = 1; n < heads.length; n++) {
      if (rows[0].cells[n].dataset.v === undefined) { continue; }
      data.push(column(rows, n));
      series.push({ label: heads[n].textContent.trim(), stroke: style.getPropertyValue("--s" + series.length).trim(), width: 2, dash: dashes[(series.length - 1) % 4], points: { size: 5 } });
    }
    var box = document.createElement("figure"), host = document.createElement("div"), caption = document.createElement("figcaption");
    box.className = "plot";
    host.setAttribute("aria-hidden", "true");
    caption.textContent = table.dataset.plot + ". The table has the same figures.";
    box.append(host, caption);
    table.closest(".asTable").before(box);
    var axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    var made = new uPlot({
      width: host.clientWidth, height: 240, series: series, tzDate: function (t) { return uPlot.tzDate(new Date(t * 1e3), "Etc/UTC"); },
      scales: { y: { range: [0, 100] } }, axes: [axis, Object.assign({}, axis, { values: function (u, list) { return list.map(function (v) { return v + " %"; }); } })]
    }, data, host);
    window.addEventListener("resize", function () { made.setSize({ width: host.clientWidth, height: 240 }); });
  }
  if (window.uPlot) { document.querySelectorAll("table[data-plot]").forEach(plot); }
})();
