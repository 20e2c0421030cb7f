(function () {
  var number = function (text) { return text === '' ? NaN : Number(text.replace(/,/g, '').replace('−', '-')); };
  document.querySelectorAll('table.sortable').forEach(function (table) {
    table.querySelectorAll('thead th').forEach(function (head, column) {
      var button = document.createElement('button');
      button.type = 'button';
      while (head.firstChild) button.appendChild(head.firstChild);
      head.appendChild(button);
      button.addEventListener('click', function () {
        var down = head.getAttribute('aria-sort') === 'ascending';
        table.querySelectorAll('thead th').forEach(function (other) { other.removeAttribute('aria-sort'); });
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        var body = table.tBodies[0];
        var rows = Array.from(body.rows).map(function (row) {
          var text = row.cells[column].textContent;
          return { row: row, text: text, number: number(text) };
        });
        rows.sort(function (a, b) {
          var an = !isNaN(a.number), bn = !isNaN(b.number);
          if (an !== bn) return an ? -1 : 1;
          var order = an ? a.number - b.number : a.text.localeCompare(b.text);
          return down ? -order : order;
        });
        rows.forEach(function (entry) { body.appendChild(entry.row); });
      });
    });
  });
  var opened = [];
  addEventListener('beforeprint', function () {
    opened = Array.from(document.querySelectorAll('details:not([open])'));
    opened.forEach(function (fold) { fold.open = true; });
  });
  addEventListener('afterprint', function () {
    opened.forEach(function (fold) { fold.open = false; });
  });
})();
