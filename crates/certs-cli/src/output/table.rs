//! Tables that fit the terminal: one column is truncated if needed, ids never.

use anstyle::Style;

use crate::terminal::{sanitize, style, truncate, width_of};

/// Rows of text under a header.
///
/// If the terminal is too narrow, the texts of one column are truncated. If too little of them would remain,
/// they are printed on lines of their own.
pub(crate) struct Table {
    header: Vec<&'static str>,
    flexible: Option<usize>,
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

/// The minimum width of a truncated text.
const MIN_FLEXIBLE: usize = 12;

impl Table {
    /// A table whose texts are never truncated.
    pub(crate) fn new<const N: usize>(header: [&'static str; N]) -> Self {
        Self { header: header.into(), flexible: None, rows: Vec::new() }
    }

    /// Sets the column that is truncated on a narrow terminal.
    pub(crate) fn with_flexible_column(mut self, column: usize) -> Self {
        self.flexible = Some(column);
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
        let missing = columns.map_or(0, |columns| total.saturating_sub(columns));
        let mut lines = Lines { text: String::new(), colors };
        match self.flexible {
            Some(flexible) if missing > 0 => {
                let left = widths.get(flexible).map_or(0, |width| width.saturating_sub(missing));
                if left < MIN_FLEXIBLE {
                    self.render_stacked(flexible, columns.unwrap_or(total), &widths, &mut lines);
                    return lines.text;
                }
                if let Some(width) = widths.get_mut(flexible) {
                    *width = left;
                }
            }
            _ => {}
        }
        lines.header(self.header.iter().copied().zip(widths.iter().copied()));
        for row in &self.rows {
            lines.row(row.iter().zip(widths.iter().copied()));
        }
        lines.text
    }

    /// Renders each row with its flexible text on a separate line above it.
    fn render_stacked(&self, flexible: usize, columns: usize, widths: &[usize], lines: &mut Lines) {
        let others = |index: &usize| *index != flexible;
        let fixed =
            (0..widths.len()).filter(others).map(|index| (self.header[index], widths[index]));
        lines.header(fixed);
        for row in &self.rows {
            lines.row(row.get(flexible).map(|cell| (cell, columns)).into_iter());
            let rest = row.iter().zip(widths.iter().copied()).enumerate();
            lines.row(rest.filter(|(index, _)| others(index)).map(|(_, cell)| cell));
        }
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
            self.text.extend(std::iter::repeat_n(' ', padding));
            let text = truncate(&cell.text, width);
            padding = (width + GAP).saturating_sub(width_of(&text));
            match self.colors && cell.style != style::PLAIN {
                true => self.text += &format!("{}{text}{:#}", cell.style, cell.style),
                false => self.text += &text,
            }
        }
        self.text.push('\n');
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
             漢字の認証局と…\n\
             cert_1   yes\n\
             Root\n\
             cert_22  no\n"
        );
    }

    #[test]
    fn colors_do_not_count_as_width() {
        let mut table = Table::new(["A", "B"]);
        table.row([Cell::styled("x", style::ACTIVE), Cell::new("y")]);
        assert_eq!(table.render(None, true), "A  B\n\u{1b}[1mx\u{1b}[0m  y\n");
    }
}
