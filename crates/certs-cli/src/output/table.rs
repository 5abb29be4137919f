//! Tables that fit the terminal: names are truncated, other texts are moved below their row.

use anstyle::Style;

use crate::terminal::{sanitize, style, truncate, width_of, wrap};

/// Rows of text under a header.
///
/// If the terminal is too narrow, the texts of the flexible column are truncated. If too little of them would remain,
/// they are moved below their row, and so are the details, and then the last columns until the row fits.
pub(crate) struct Table {
    header: Vec<&'static str>,
    flexible: Option<usize>,
    details: Option<usize>,
    rows: Vec<Vec<Cell>>,
}

/// A text with a style. It is sanitized when it is created.
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: &str) -> Self {
        Self::styled(text, style::PLAIN)
    }

    pub(crate) fn styled(text: &str, style: Style) -> Self {
        Self { text: sanitize(text), style }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

const GAP: usize = 2;
const BETWEEN: &str = "  ";

/// The minimum width of a truncated text.
const MIN_FLEXIBLE: usize = 12;

impl Table {
    /// A table whose texts are never truncated.
    pub(crate) fn new<const N: usize>(header: [&'static str; N]) -> Self {
        Self { header: header.into(), flexible: None, details: None, rows: Vec::new() }
    }

    /// Sets the column that is truncated on a narrow terminal.
    pub(crate) fn with_flexible_column(mut self, column: usize) -> Self {
        self.flexible = Some(column);
        self
    }

    /// The column that is moved below its row if the terminal is narrow: its texts are wrapped, not truncated.
    pub(crate) fn with_details_column(mut self, column: usize) -> Self {
        self.details = Some(column);
        self
    }

    /// Adds a row: as many cells as the header has.
    pub(crate) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// The table as text, with lines no wider than `columns` if possible.
    pub(crate) fn render(&self, columns: Option<usize>, colors: bool) -> String {
        let mut widths = self.widths();
        let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        let columns = columns.unwrap_or(total);
        let missing = total.saturating_sub(columns);
        let mut lines = Lines { text: String::new(), colors };
        if missing > 0 {
            let flexible = self.flexible.and_then(|column| widths.get_mut(column));
            match flexible {
                Some(width) if width.saturating_sub(missing) >= MIN_FLEXIBLE => *width -= missing,
                None if self.details.is_none() => {}
                _ => {
                    self.render_stacked(columns, &widths, &mut lines);
                    return lines.text;
                }
            }
        }
        lines.header(self.header.iter().copied().zip(widths.iter().copied()));
        for row in &self.rows {
            lines.row(row.iter().zip(widths.iter().copied()));
        }
        lines.text
    }

    /// Each row with the columns that fit, and below it the others.
    fn render_stacked(&self, columns: usize, widths: &[usize], lines: &mut Lines) {
        let beside = self.columns_beside(columns, widths);
        let header = self.header.iter().copied().zip(widths.iter().copied()).enumerate();
        lines.header(header.filter(|(column, _)| beside.contains(column)).map(|(_, cell)| cell));
        for row in &self.rows {
            let cells = row.iter().zip(widths.iter().copied()).enumerate();
            lines.row(cells.filter(|(column, _)| beside.contains(column)).map(|(_, cell)| cell));
            let below = row.iter().enumerate().filter(|(column, _)| !beside.contains(column));
            let below = below.filter(|(_, cell)| !["", "-"].contains(&cell.text.as_str()));
            let texts = below.map(|(column, cell)| self.text_below(column, &cell.text, columns));
            lines.indented(texts, columns);
        }
    }

    /// A text below its row: with the name of its column, unless it is the name or the details of the row.
    fn text_below(&self, column: usize, text: &str, columns: usize) -> String {
        if Some(column) == self.flexible {
            return truncate(text, columns.saturating_sub(GAP));
        }
        match self.header.get(column) {
            Some(header) if Some(column) != self.details && !header.is_empty() => {
                format!("{} {text}", header.to_lowercase())
            }
            _ => text.into(),
        }
    }

    /// The columns that stay beside each other: as many as fit, but at least the first.
    fn columns_beside(&self, columns: usize, widths: &[usize]) -> Vec<usize> {
        let gives_way = |column| Some(column) == self.flexible || Some(column) == self.details;
        let mut beside: Vec<_> = (0..widths.len()).filter(|&column| !gives_way(column)).collect();
        let width = |beside: &[usize]| -> usize {
            beside.iter().map(|&column| widths[column] + GAP).sum::<usize>().saturating_sub(GAP)
        };
        while beside.len() > 1 && width(&beside) > columns {
            beside.pop();
        }
        beside
    }

    fn widths(&self) -> Vec<usize> {
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width_of(&cell.text)).max().unwrap_or(0)
        };
        let headers = self.header.iter().enumerate();
        headers.map(|(column, header)| width_of(header).max(widest(column))).collect()
    }
}

struct Lines {
    text: String,
    colors: bool,
}

impl Lines {
    fn header<'a>(&mut self, cells: impl Iterator<Item = (&'a str, usize)>) {
        let cells: Vec<_> = cells.map(|(text, width)| (Cell::new(text), width)).collect();
        if cells.iter().any(|(cell, _)| !cell.text.is_empty()) {
            self.row(cells.iter().map(|(cell, width)| (cell, *width)));
        }
    }

    fn row<'a>(&mut self, cells: impl Iterator<Item = (&'a Cell, usize)>) {
        let mut padding = 0;
        for (cell, width) in cells {
            let text = truncate(&cell.text, width);
            // No spaces are left at the end of a line.
            if !text.is_empty() {
                self.text.extend(std::iter::repeat_n(' ', padding));
                padding = 0;
            }
            padding += (width + GAP).saturating_sub(width_of(&text));
            if self.colors && cell.style != style::PLAIN {
                self.text += &format!("{}{text}{:#}", cell.style, cell.style);
            } else {
                self.text += &text;
            }
        }
        self.text.push('\n');
    }

    /// Texts below a row, as many beside each other as fit.
    fn indented(&mut self, texts: impl Iterator<Item = String>, columns: usize) {
        let columns = columns.saturating_sub(GAP);
        let mut lines: Vec<String> = Vec::new();
        for text in texts {
            match lines.last_mut() {
                Some(last) if width_of(last) + GAP + width_of(&text) <= columns => {
                    *last += BETWEEN;
                    *last += &text;
                }
                _ => lines.push(text),
            }
        }
        for wrapped in lines.iter().map(|line| wrap(line, Some(columns))) {
            for line in wrapped.lines() {
                self.text += BETWEEN;
                self.text += line;
                self.text.push('\n');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["ID", "NAME", "ACTIVE"]).with_flexible_column(1);
        table.row(["cert_1", "漢字の認証局とその長い名前", "yes"].map(Cell::new));
        table.row(["cert_22", "Root", "no"].map(Cell::new));
        table
    }

    #[test]
    fn columns_are_aligned_by_their_width_on_the_terminal() {
        assert_eq!(
            table().render(None, false),
            "ID       NAME                        ACTIVE\n\
             cert_1   漢字の認証局とその長い名前  yes\n\
             cert_22  Root                        no\n"
        );
    }

    #[test]
    fn a_narrow_terminal_truncates_names_but_not_ids() {
        assert_eq!(
            table().render(Some(30), false),
            "ID       NAME           ACTIVE\n\
             cert_1   漢字の認証局…  yes\n\
             cert_22  Root           no\n"
        );
    }

    #[test]
    fn a_very_narrow_terminal_puts_names_on_lines_of_their_own() {
        assert_eq!(
            table().render(Some(16), false),
            "ID       ACTIVE\n\
             cert_1   yes\n\
             \x20 漢字の認証局…\n\
             cert_22  no\n\
             \x20 Root\n"
        );
    }

    #[test]
    fn a_narrow_terminal_wraps_details_below_their_row() {
        let mut table = Table::new(["SCOPE", "PASSES", "WHY"]).with_details_column(2);
        table.row(["proj_a", "no", "it does not chain"].map(Cell::new));
        table.row(["proj_b", "yes", ""].map(Cell::new));
        assert_eq!(
            table.render(Some(16), false),
            "SCOPE   PASSES\nproj_a  no\n  it does not\n  chain\nproj_b  yes\n"
        );
        assert_eq!(
            table.render(None, false),
            "SCOPE   PASSES  WHY\nproj_a  no      it does not chain\nproj_b  yes\n"
        );
    }

    #[test]
    fn a_narrow_terminal_moves_the_last_columns_below_their_row_until_it_fits() {
        let mut table = Table::new(["TIME", "EVENT", "ID", "NAME", "BY"])
            .with_flexible_column(3)
            .with_details_column(4);
        table.row(["12:00", "renamed", "cert_1", "Root", "a@b.example"].map(Cell::new));
        table.row(["13:00", "deleted", "cert_1", "-", ""].map(Cell::new));
        assert_eq!(
            table.render(Some(20), false),
            "TIME   EVENT\n\
             12:00  renamed\n\
             \x20 id cert_1  Root\n\
             \x20 a@b.example\n\
             13:00  deleted\n\
             \x20 id cert_1\n"
        );
    }

    #[test]
    fn a_column_without_a_name_moves_without_one() {
        let mut table = Table::new(["", "", ""]).with_details_column(2);
        table.row(["ok", "certificates", "5"].map(Cell::new));
        assert_eq!(table.render(Some(14), false), "ok\n  certificates\n  5\n");
    }

    #[test]
    fn colors_do_not_count_as_width() {
        let mut table = Table::new(["A", "B"]);
        table.row([Cell::styled("x", style::ACTIVE), Cell::new("y")]);
        assert_eq!(table.render(None, true), "A  B\n\u{1b}[1mx\u{1b}[0m  y\n");
    }
}
