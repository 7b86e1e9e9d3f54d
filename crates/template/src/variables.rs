use std::collections::BTreeSet;

use serde_json::Value;

use crate::operand::{Operand, Path, Step};
use crate::tree::{Node, NodeKind, Over, Piped, Template};

impl Template {
    /// The names the template wants from outside, such as `flow.variables.count`, up to the first computed step.
    /// Names the template makes itself are left out.
    pub fn variables(&self) -> BTreeSet<String> {
        let mut found = Found::default();
        found.nodes(&self.nodes);
        let own = found.own;
        found.paths.into_iter().filter(|path| !own.contains(path.split('.').next().unwrap_or_default())).collect()
    }
}

#[derive(Default)]
struct Found {
    paths: BTreeSet<String>,
    own: BTreeSet<String>,
}

impl Found {
    fn nodes(&mut self, nodes: &[Node]) {
        nodes.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Text(_) | NodeKind::Break | NodeKind::Continue => {}
            NodeKind::Output(piped) => self.piped(piped),
            NodeKind::If(branches) => {
                for (condition, nodes) in branches {
                    let rest = condition.rest.iter().map(|(_, test)| test);
                    for test in std::iter::once(&condition.first).chain(rest) {
                        self.operand(&test.left);
                        if let Some((_, right)) = &test.right {
                            self.operand(right);
                        }
                    }
                    self.nodes(nodes);
                }
            }
            NodeKind::Case { subject, branches, otherwise } => {
                self.operand(subject);
                for (values, nodes) in branches {
                    self.operands(values);
                    self.nodes(nodes);
                }
                self.nodes(otherwise);
            }
            NodeKind::For(each) => {
                match &each.over {
                    Over::Range(from, to) => {
                        self.operand(from);
                        self.operand(to);
                    }
                    Over::Value(value) => self.operand(value),
                }
                each.limit.iter().for_each(|limit| self.operand(limit));
                each.offset.iter().for_each(|offset| self.operand(offset));
                self.own.insert(each.name.clone());
                self.own.insert("forloop".to_owned());
                self.nodes(&each.body);
                self.nodes(&each.otherwise);
            }
            NodeKind::Assign(name, piped) => {
                self.piped(piped);
                self.own.insert(name.clone());
            }
            NodeKind::Capture(name, nodes) => {
                self.nodes(nodes);
                self.own.insert(name.clone());
            }
            NodeKind::Cycle { values, .. } => self.operands(values),
            NodeKind::Increment(name) | NodeKind::Decrement(name) => {
                self.own.insert(name.clone());
            }
        }
    }

    fn piped(&mut self, piped: &Piped) {
        self.operand(&piped.value);
        for call in &piped.filters {
            self.operands(&call.arguments);
            call.options.iter().for_each(|(_, option)| self.operand(option));
        }
    }

    fn operands(&mut self, operands: &[Operand]) {
        operands.iter().for_each(|operand| self.operand(operand));
    }

    fn operand(&mut self, operand: &Operand) {
        if let Operand::Path(path) = operand {
            self.path(path);
        }
    }

    fn path(&mut self, path: &Path) {
        let mut name = path.root.clone();
        let mut computed = false;
        for step in &path.steps {
            match step {
                Step::Key(key) if !computed => {
                    name.push('.');
                    name.push_str(key);
                }
                Step::Key(_) | Step::At(Operand::Literal(Value::Number(_))) => computed = true,
                Step::At(operand) => {
                    computed = true;
                    self.operand(operand);
                }
            }
        }
        self.paths.insert(name);
    }
}
