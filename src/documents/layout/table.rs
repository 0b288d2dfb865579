use super::flow::{Flow, Ink, Role, Shown, Slot, Style};
use crate::documents::model::{Align, Cell, Row, Table, Width};

const PAD: f32 = 4.5;
const GUTTER: f32 = 8.0;

/// A line of a cell and how it looks.
type Line = (String, Style);

pub fn lay(flow: &mut Flow, table: &Table) {
    let slots = slots(flow, table);
    let head: Vec<Vec<Line>> =
        table.columns.iter().zip(&slots).map(|(column, slot)| lines(flow, &column.heading, Style::LABEL, slot.room)).collect();
    let rows: Vec<Vec<Vec<Line>>> = table.rows.iter().map(|row| cells(flow, row, &slots)).collect();
    let head_height = height(&head);
    let first = rows.first().map_or(0.0, |row| height(row));
    flow.need(head_height + first.min(flow.full_room() / 2.0));

    let node = flow.node(Role::Table);
    let row_node = flow.child(Role::Row, Some(node));
    draw_head(flow, &head, &slots, Some(row_node));
    for row in rows {
        let row_node = flow.child(Role::Row, Some(node));
        let nodes: Vec<usize> = row.iter().map(|_| flow.child(Role::Cell, Some(row_node))).collect();
        let mut rest = row;
        while rest.iter().any(|cell| !cell.is_empty()) {
            // A row higher than a page can't help being split.
            if height(&rest) > flow.room() && height(&rest) <= flow.full_room() - head_height || flow.room() < 3.0 * Style::BODY.leading() {
                flow.new_page();
                draw_head(flow, &head, &slots, None);
            }
            let room = flow.room();
            let part: Vec<Vec<Line>> = rest.iter_mut().map(|cell| take(cell, room)).collect();
            draw(flow, &part, &slots, &nodes);
        }
    }
    flow.y += 8.0;
}

fn slots(flow: &Flow, table: &Table) -> Vec<Slot> {
    let gutters = GUTTER * table.columns.len().saturating_sub(1) as f32;
    let fixed: f32 = table.columns.iter().map(|column| if let Width::Fixed(points) = column.width { points } else { 0.0 }).sum();
    let shares: f32 = table.columns.iter().map(|column| if let Width::Share(share) = column.width { share } else { 0.0 }).sum();
    let left_over = (flow.width() - gutters - fixed).max(0.0);
    let mut x = flow.left();
    let slot = |column: &super::super::model::Column| {
        let room = match column.width {
            Width::Fixed(points) => points,
            Width::Share(share) => left_over * share / shares,
        };
        let shown = if column.align == Align::End { Shown::End } else { Shown::Start };
        let slot = Slot { x, room, shown };
        x += room + GUTTER;
        slot
    };
    table.columns.iter().map(slot).collect()
}

fn lines(flow: &Flow, text: &str, style: Style, room: f32) -> Vec<Line> {
    flow.wrap(text, style, room).into_iter().map(|line| (line, style)).collect()
}

fn cells(flow: &Flow, row: &Row, slots: &[Slot]) -> Vec<Vec<Line>> {
    let empty = Cell::text("");
    let of = |(nth, slot): (usize, &Slot)| match row.cells.get(nth).unwrap_or(&empty) {
        Cell::Tick => vec![("[\u{2007}]".to_owned(), Style::TICK)],
        Cell::Text { text, notes } => {
            let mut all = lines(flow, text, Style::BODY, slot.room);
            all.extend(notes.iter().flat_map(|note| lines(flow, note, Style::SMALL, slot.room)));
            all
        }
    };
    slots.iter().enumerate().map(of).collect()
}

fn height(cells: &[Vec<Line>]) -> f32 {
    let of = |cell: &Vec<Line>| cell.iter().map(|(_, style)| style.leading()).sum::<f32>();
    cells.iter().map(of).fold(0.0, f32::max) + 2.0 * PAD
}

/// As many lines of the cell as there is room for; one at least, so that it comes to an end.
fn take(cell: &mut Vec<Line>, room: f32) -> Vec<Line> {
    let mut used = 2.0 * PAD;
    let fit = cell.iter().take_while(|(_, style)| {
        used += style.leading();
        used <= room
    });
    let fit = fit.count().max(1).min(cell.len());
    cell.drain(..fit).collect()
}

/// The head: told of once, at the table's beginning; repeated on later pages for the eye only.
fn draw_head(flow: &mut Flow, head: &[Vec<Line>], slots: &[Slot], row: Option<usize>) {
    let nodes: Option<Vec<usize>> = row.map(|row| head.iter().map(|_| flow.child(Role::HeadCell, Some(row))).collect());
    let high = height(head);
    for (nth, (cell, slot)) in head.iter().zip(slots).enumerate() {
        // Short heads stand at the bottom, on the line that all share.
        let lead = high - 2.0 * PAD - cell.iter().map(|(_, style)| style.leading()).sum::<f32>();
        let node = nodes.as_ref().and_then(|nodes| nodes.get(nth).copied());
        draw_cell(flow, cell, *slot, flow.y + PAD + lead, node);
    }
    flow.y += high;
    flow.rule(flow.left(), flow.width(), flow.y, Ink::Black);
}

fn draw(flow: &mut Flow, cells: &[Vec<Line>], slots: &[Slot], nodes: &[usize]) {
    for ((cell, slot), node) in cells.iter().zip(slots).zip(nodes) {
        draw_cell(flow, cell, *slot, flow.y + PAD, Some(*node));
    }
    flow.y += height(cells);
    flow.rule(flow.left(), flow.width(), flow.y, Ink::Pale);
}

fn draw_cell(flow: &mut Flow, cell: &[Line], slot: Slot, top: f32, node: Option<usize>) {
    let mut y = top;
    for (text, style) in cell {
        flow.line_at(text, *style, slot, y, node);
        y += style.leading();
    }
}
