//! The web apps are embedded as they were built; a checkout without them still compiles, and serves a page that says what is missing.

fn main() {
    for folder in ["../../web/desk/dist", "../../web/webchat/dist"] {
        println!("cargo:rerun-if-changed={folder}");
        if let Err(error) = std::fs::create_dir_all(folder) {
            println!("cargo:warning=cannot make {folder}: {error}");
        }
    }
}
