// What the pages do when scripts run; none of it is needed to read them.
"use strict";
(function () {
  // The news: incidents come as they are found, and stand first in the table of the first page.
  var live = document.getElementById("live"), body = document.querySelector("#news tbody");
  function cell(row, name, text) {
    var td = document.createElement("td");
    td.className = name;
    td.textContent = text;
    row.appendChild(td);
    return td;
  }
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function show(event) {
    var news = JSON.parse(event.data), one = news.incident;
    live.querySelector("span").textContent = "Last news: " + news.kind_name + (one ? "" : ", not public yet") + ", at " + new Date().toISOString().slice(11, 19) + " UTC";
    if (!one || !body) { return; }
    var old = Array.prototype.find.call(body.rows, function (r) { return r.dataset.id === one.id; });
    if (!old && news.new) {
      ["n-hour", "n-day", "n-week"].forEach(function (id) {
        var b = document.getElementById(id), n = parseInt(b.textContent.replace(/,/g, ""), 10);
        if (!isNaN(n)) { b.textContent = String(n + 1).replace(/\B(?=(\d{3})+$)/g, ","); }
      });
    }
    var row = document.createElement("tr"), at = new Date(one.start);
    row.dataset.id = one.id;
    row.className = "fresh";
    cell(row, "nowrap", at.getUTCFullYear() + "-" + two(at.getUTCMonth() + 1) + "-" + two(at.getUTCDate()) + " " + two(at.getUTCHours()) + ":" + two(at.getUTCMinutes()));
    cell(row, "nowrap", news.kind_name);
    var link = document.createElement("a");
    link.href = news.path;
    link.textContent = one.headline;
    cell(row, "", "").appendChild(link);
    cell(row, "n nowrap", one.end ? Math.round(one.lasted_ns / 1e9) + "s" : "open").dataset.l = "lasted";
    cell(row, "n", one.peers).dataset.l = "seen by";
    cell(row, "n", one.confidence.toFixed(2)).dataset.l = "confidence";
    if (old) { body.replaceChild(row, old); return; }
    body.insertBefore(row, body.firstChild);
    if (body.rows.length > 30) { body.deleteRow(-1); }
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
