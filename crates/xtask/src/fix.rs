//! `cargo xtask fix`: what formatters and linters can mend by themselves.

use anyhow::Result;

use crate::{
    command::{cargo, program, run},
    steps::Steps,
    tools,
    tree::root,
    web,
};

pub fn fix() -> Result<()> {
    let root = root();
    let mut steps = Steps::new(4);
    steps.run("Web packages", || tools::need(tools::BUILD).and_then(|()| web::install(&root)))?;
    steps.keep("cargo clippy --fix", || {
        run(&mut cargo(&root, &["clippy", "--locked", "--workspace", "--all-targets", "--fix", "--allow-dirty", "--allow-staged"]))
    });
    steps.keep("cargo fmt", || run(&mut cargo(&root, &["fmt", "--all"])));
    steps.keep("oxlint --fix", || {
        let web = web::folder(&root);
        let folders = ["--config", "oxlint.json", "--fix", "api", "kit", "desk", "webchat", "tools"];
        run(&mut program(web.join("node_modules/.bin/oxlint"), &web, &folders))
    });
    steps.finish("Fixed")
}
