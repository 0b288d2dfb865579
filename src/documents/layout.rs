//! Where everything stands: blocks become pieces on pages, and a tree that tells readers what each piece is.

mod flow;
mod table;

use super::{
    model::{Block, Document, Panel, Sum, Tone},
    rules,
    text::Weight,
};
use flow::{Flow, Slot, Style};

pub use flow::{Ink, Laid, Piece, Role};

const GAP: f32 = 16.0;

/// Sets a document on pages.
pub fn lay(document: &Document) -> Laid {
    let mut flow = Flow::new(document.size);
    for block in &document.blocks {
        match block {
            Block::Letterhead { name, lines } => letterhead(&mut flow, name, lines),
            Block::Title(text) => title(&mut flow, text),
            Block::Heading(text) => heading(&mut flow, text),
            Block::Paragraph { text, tone } => paragraph(&mut flow, text, *tone),
            Block::Panels(panels) => side_by_side(&mut flow, panels),
            Block::Facts(facts) => grid(&mut flow, facts),
            Block::Table(table) => table::lay(&mut flow, table),
            Block::Sums(sums) => totals(&mut flow, sums),
            Block::Barcode(text) => barcode(&mut flow, text),
            Block::NewPage => flow.new_page(),
        }
    }
    footers(&mut flow, &document.footer);
    flow.laid
}

fn letterhead(flow: &mut Flow, name: &str, lines: &[String]) {
    let half = flow.width() / 2.0;
    let top = flow.y;
    let left = flow.brief(name, Style::NAME, half - GAP);
    let node = flow.node(Role::Paragraph);
    flow.lines(node, &left, Style::NAME, Slot::start(flow.left(), half - GAP));
    let after_name = std::mem::replace(&mut flow.y, top);
    let node = flow.node(Role::Paragraph);
    for line in lines {
        let wrapped = flow.brief(line, Style::SMALL, half);
        flow.lines(node, &wrapped, Style::SMALL, Slot::end(flow.left() + half, half));
    }
    flow.y = flow.y.max(after_name) + GAP;
}

fn title(flow: &mut Flow, text: &str) {
    let lines = flow.brief(text, Style::TITLE, flow.width());
    let node = flow.node(Role::Heading(1, text.to_owned()));
    flow.need(Style::TITLE.leading() * lines.len() as f32 + 60.0);
    flow.lines(node, &lines, Style::TITLE, Slot::start(flow.left(), flow.width()));
    flow.y += 8.0;
}

fn heading(flow: &mut Flow, text: &str) {
    flow.y += 4.0;
    let lines = flow.brief(text, Style::HEADING, flow.width());
    let node = flow.node(Role::Heading(2, text.to_owned()));
    // With enough room below that it is not the last thing on its page.
    flow.need(Style::HEADING.leading() * lines.len() as f32 + 48.0);
    flow.lines(node, &lines, Style::HEADING, Slot::start(flow.left(), flow.width()));
    flow.y += 2.0;
}

fn paragraph(flow: &mut Flow, text: &str, tone: Tone) {
    let style = match tone {
        Tone::Plain => Style::BODY,
        Tone::Muted => Style::SMALL,
        Tone::Strong => Style::STRONG,
    };
    let lines = flow.wrap(text, style, flow.width());
    let node = flow.node(Role::Paragraph);
    for line in &lines {
        flow.need(style.leading());
        flow.lines(node, std::slice::from_ref(line), style, Slot::start(flow.left(), flow.width()));
    }
    flow.y += 8.0;
}

fn side_by_side(flow: &mut Flow, panels: &[Panel]) {
    let share = flow.width() / panels.len().max(1) as f32;
    let room = share - GAP;
    let wrapped: Vec<Vec<String>> =
        panels.iter().map(|panel| panel.lines.iter().flat_map(|line| flow.brief(line, Style::BODY, room)).collect()).collect();
    let longest = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    flow.need(Style::LABEL.leading() + Style::BODY.leading() * longest as f32);
    let (top, mut lowest) = (flow.y, flow.y);
    for (nth, (panel, lines)) in panels.iter().zip(&wrapped).enumerate() {
        flow.y = top;
        let x = flow.left() + share * nth as f32;
        let node = flow.node(Role::Heading(2, panel.title.clone()));
        let title = flow.brief(&panel.title, Style::LABEL, room);
        flow.lines(node, &title, Style::LABEL, Slot::start(x, room));
        let node = flow.node(Role::Paragraph);
        flow.lines(node, lines, Style::BODY, Slot::start(x, room));
        lowest = lowest.max(flow.y);
    }
    flow.y = lowest + GAP;
}

/// Names above their values, four beside each other at most.
fn grid(flow: &mut Flow, facts: &[(String, String)]) {
    const COLUMNS: usize = 4;
    let share = flow.width() / COLUMNS as f32;
    let room = share - 10.0;
    for row in facts.chunks(COLUMNS) {
        let values: Vec<Vec<String>> = row.iter().map(|(_, value)| flow.brief(value, Style::BODY, room)).collect();
        let longest = values.iter().map(Vec::len).max().unwrap_or(0);
        flow.need(Style::LABEL.leading() + Style::BODY.leading() * longest as f32);
        let (top, mut lowest) = (flow.y, flow.y);
        for (nth, ((name, _), value)) in row.iter().zip(&values).enumerate() {
            flow.y = top;
            let x = flow.left() + share * nth as f32;
            let node = flow.node(Role::Paragraph);
            let label = flow.brief(name, Style::LABEL, room);
            flow.lines(node, &label, Style::LABEL, Slot::start(x, room));
            flow.lines(node, value, Style::BODY, Slot::start(x, room));
            lowest = lowest.max(flow.y);
        }
        flow.y = lowest + 6.0;
    }
    flow.y += GAP - 6.0;
}

fn totals(flow: &mut Flow, sums: &[Sum]) {
    let wide = (flow.width() * 0.6).min(300.0);
    let left = flow.left() + flow.width() - wide;
    let style = |sum: &Sum| if sum.strong { Style::TOTAL } else { Style::BODY };
    let amount_room = wide * 0.35;
    let label_room = wide - amount_room - 8.0;
    let wrapped: Vec<_> = sums
        .iter()
        .map(|sum| (sum, flow.brief(&sum.label, style(sum), label_room), flow.brief(&sum.amount, style(sum), amount_room)))
        .collect();
    let height = |sum: &Sum, label: &[String], amount: &[String]| {
        style(sum).leading() * label.len().max(amount.len()) as f32 + if sum.strong { 9.0 } else { 2.0 }
    };
    flow.need(wrapped.iter().map(|(sum, label, amount)| height(sum, label, amount)).sum());
    for (sum, label, amount) in &wrapped {
        let high = height(sum, label, amount);
        flow.need(high);
        let top = flow.y;
        if sum.strong {
            flow.rule(left, wide, top + 3.0, Ink::Black);
        }
        let node = flow.node(Role::Paragraph);
        flow.y = if sum.strong { top + 7.0 } else { top };
        let line = flow.y;
        flow.lines(node, label, style(sum), Slot::start(left, label_room));
        flow.y = line;
        flow.lines(node, amount, style(sum), Slot::end(left + wide - amount_room, amount_room));
        flow.y = top + high;
    }
    flow.y += GAP;
}

fn barcode(flow: &mut Flow, text: &str) {
    const HIGH: f32 = 30.0;
    flow.need(HIGH + Style::SMALL.leading());
    if let Some(bars) = rules::bars(text) {
        let modules = bars.last().map_or(1, |(at, width)| at + width) + 20;
        let module = (flow.width() / modules as f32).min(1.0);
        let (left, top) = (flow.left(), flow.y);
        for (at, width) in bars {
            flow.piece(Piece::Bar { x: left + at as f32 * module, y: top, width: width as f32 * module, height: HIGH });
        }
        flow.y += HIGH + 2.0;
    }
    let node = flow.node(Role::Paragraph);
    let lines = flow.wrap(text, Style::SMALL, flow.width());
    flow.lines(node, &lines, Style::SMALL, Slot::start(flow.left(), flow.width()));
    flow.y += 10.0;
}

/// Below every page, once it is known how many there are.
fn footers(flow: &mut Flow, text: &str) {
    let pages = flow.laid.pages.len();
    let room = flow.width() - 100.0;
    let first = flow.wrap(text, Style::SMALL, room).into_iter().next().unwrap_or_default();
    for page in 0..pages {
        let number = format!("Page {} of {pages}", page + 1);
        flow.footer(page, &first, &number);
    }
}

impl Style {
    const NAME: Self = Self { size: 15.0, weight: Weight::Bold, ink: Ink::Black };
    const TITLE: Self = Self { size: 19.0, weight: Weight::Bold, ink: Ink::Black };
    const HEADING: Self = Self { size: 11.0, weight: Weight::Bold, ink: Ink::Black };
    const TOTAL: Self = Self { size: 10.5, weight: Weight::Bold, ink: Ink::Black };
    const STRONG: Self = Self { size: 9.5, weight: Weight::Bold, ink: Ink::Black };
    const LABEL: Self = Self { size: 8.0, weight: Weight::Bold, ink: Ink::Grey };
    const BODY: Self = Self { size: 9.5, weight: Weight::Regular, ink: Ink::Black };
    const SMALL: Self = Self { size: 8.0, weight: Weight::Regular, ink: Ink::Grey };
    const TICK: Self = Self { size: 15.0, weight: Weight::Regular, ink: Ink::Black };
}
