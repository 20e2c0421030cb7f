//! Tables in LaTeX, with the rules of the package `booktabs`.

use std::fmt::Write as _;

use super::tables::Table;

impl Table {
    /// A floating table with its caption and its label. It takes `\usepackage{booktabs}`.
    pub(super) fn tex(&self) -> String {
        let columns: String = (0..self.head.len()).map(|index| self.column(index)).collect();
        let mut text = format!(
            "% \\usepackage{{booktabs}}\n\\begin{{table}}\n  \\centering\n  \\caption{{{}}}\n  \\label{{tab:{}}}\n  \
             \\begin{{tabular}}{{@{{}}{columns}@{{}}}}\n    \\toprule\n",
            tex(&self.caption),
            self.label.replace(['\\', '{', '}', '%', '#', '~'], "")
        );
        let line = |row: &Vec<String>| row.iter().map(|cell| tex(cell)).collect::<Vec<_>>().join(" & ");
        let _ = writeln!(text, "    {} \\\\\n    \\midrule", line(&self.head));
        for row in &self.rows {
            let _ = writeln!(text, "    {} \\\\", line(row));
        }
        text.push_str("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n");
        text
    }

    /// How a column is set: numbers to the right, names to the left, sentences in a paragraph.
    fn column(&self, index: usize) -> &'static str {
        /// Longer cells are sentences.
        const SENTENCE: usize = 32;
        let cells = || self.rows.iter().filter_map(|row| row.get(index)).filter(|cell| !cell.is_empty());
        if cells().any(|cell| cell.chars().count() > SENTENCE && !is_number(cell)) {
            "p{0.22\\linewidth}"
        } else if cells().all(|cell| is_number(cell)) {
            "r"
        } else {
            "l"
        }
    }
}

/// Whether a cell holds numbers with their signs and brackets alone, which are set as formulas.
fn is_number(cell: &str) -> bool {
    cell.chars().any(|letter| letter.is_ascii_digit())
        && cell.chars().all(|letter| letter.is_ascii_digit() || " +−-±.,[]≥≤∞".contains(letter))
}

/// A text as LaTeX takes it.
fn tex(text: &str) -> String {
    if is_number(text) { format!("${}$", formula(text)) } else { text.chars().map(escaped).collect() }
}

/// Numbers as a formula. A comma between digits is none of a list.
fn formula(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut formula = String::new();
    for (index, letter) in letters.iter().enumerate() {
        match letter {
            '−' => formula.push('-'),
            '±' => formula.push_str("\\pm"),
            '≥' => formula.push_str("\\geq"),
            '≤' => formula.push_str("\\leq"),
            '∞' => formula.push_str("\\infty"),
            ',' if letters.get(index + 1).is_some_and(char::is_ascii_digit) => formula.push_str("{,}"),
            ' ' if index > 0
                && letters[index - 1].is_ascii_digit()
                && letters.get(index + 1) == Some(&'[') =>
            {
                formula.push_str("\\;");
            }
            letter => formula.push(*letter),
        }
    }
    formula
}

/// A letter of a text. What has a meaning in LaTeX is taken from it.
fn escaped(letter: char) -> String {
    let written = match letter {
        '&' | '%' | '$' | '#' | '_' | '{' | '}' => return format!("\\{letter}"),
        '~' => "\\textasciitilde{}",
        '^' => "\\textasciicircum{}",
        '\\' => "\\textbackslash{}",
        '<' => "$<$",
        '>' => "$>$",
        '−' => "$-$",
        '±' => "$\\pm$",
        '≥' => "$\\geq$",
        '≤' => "$\\leq$",
        '×' => "$\\times$",
        '²' => "$^2$",
        'η' => "$\\eta$",
        'κ' => "$\\kappa$",
        '∞' => "$\\infty$",
        '·' => "$\\cdot$",
        '–' => "--",
        letter => return letter.to_string(),
    };
    written.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formulas_and_words_are_escaped() {
        assert_eq!(tex("93.1 ± 0.4"), "$93.1 \\pm 0.4$");
        assert_eq!(tex("+6.4 [−4.1, +8.7]"), "$+6.4\\;[-4.1, +8.7]$");
        assert_eq!(tex("214 [180, ≥ 3,441]"), "$214\\;[180, \\geq 3{,}441]$");
        assert_eq!(
            tex("50 % & R² {a_b} #1 \\x ~ ^"),
            "50 \\% \\& R$^2$ \\{a\\_b\\} \\#1 \\textbackslash{}x \\textasciitilde{} \\textasciicircum{}"
        );
        assert_eq!(tex("distilled (T = 4)"), "distilled (T = 4)");
    }

    #[test]
    fn a_table_has_its_rules_and_its_columns() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let table = Table {
            caption: "Accuracy, %".to_owned(),
            label: "digits:accuracy".to_owned(),
            head: row(["M", "labels", "because"]),
            rows: vec![
                row(["40", "70.1 ± 0.3", "a sentence that is longer than a name ever is"]),
                row(["160", "", ""]),
            ],
        };
        assert_eq!(
            table.tex(),
            "% \\usepackage{booktabs}\n\\begin{table}\n  \\centering\n  \\caption{Accuracy, \\%}\n  \\label{tab:digits:accuracy}\n  \
             \\begin{tabular}{@{}rrp{0.22\\linewidth}@{}}\n    \\toprule\n    M & labels & because \\\\\n    \\midrule\n    \
             $40$ & $70.1 \\pm 0.3$ & a sentence that is longer than a name ever is \\\\\n    $160$ &  &  \\\\\n    \
             \\bottomrule\n  \\end{tabular}\n\\end{table}\n"
        );
    }
}
