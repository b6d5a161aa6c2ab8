//! What a container runs: command and args merged with the image's, `$(VAR)` expanded (ENV-1…4, PROBE-17).

use wasipod_api::expand::expand;
use wasipod_api::model::{Container, EnvSource};

use crate::container::{Environment, ImageConfig};

/// There is nothing to run (ENV-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no command specified")]
pub struct NoCommand;

/// The command line of `container` on an image of that configuration. `env` is what the Pod declares, not the image's.
///
/// # Errors
/// [`NoCommand`] when neither the Pod nor the image names a program.
pub fn argv(container: &Container, image: &ImageConfig, env: &Environment) -> Result<Vec<String>, NoCommand> {
    let own = |words: &[String]| words.iter().map(|word| expanded(word, env)).collect::<Vec<_>>();
    let (command, args) = (own(&container.command), own(&container.args));
    let mut argv = match (command.is_empty(), args.is_empty()) {
        (true, true) => [&image.entrypoint[..], &image.cmd[..]].concat(),
        (true, false) => image.entrypoint.clone(),
        (false, _) => command,
    };
    argv.extend(args);
    if argv.is_empty() { Err(NoCommand) } else { Ok(argv) }
}

/// `text` with the variables of `env`; unknown ones stay as they are.
pub fn expanded(text: &str, env: &Environment) -> String {
    expand(text, |name| env.get(name))
}

/// A probe's command: only variables with literal values are known (PROBE-17).
pub fn expand_probe(argv: &[String], container: &Container) -> Vec<String> {
    let mut env = Environment::default();
    for variable in &container.env {
        if let EnvSource::Value(value) = &variable.source {
            env.set(&variable.name, value);
        }
    }
    argv.iter().map(|word| expanded(word, &env)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn command_and_args_replace_the_images_as_the_table_of_env_1_says() {
        let image =
            ImageConfig { entrypoint: words("/ep-1"), cmd: words("foo bar"), ..ImageConfig::default() };
        let table = [
            ("", "", "/ep-1 foo bar"),
            ("/ep-2", "", "/ep-2"),
            ("", "zoo boo", "/ep-1 zoo boo"),
            ("/ep-2", "zoo boo", "/ep-2 zoo boo"),
        ];
        for (command, args, runs) in table {
            let mut container = testing::container("c");
            (container.command, container.args) = (words(command), words(args));
            assert_eq!(argv(&container, &image, &Environment::default()).unwrap(), words(runs));
        }
        let bare = testing::container("c");
        assert_eq!(argv(&bare, &ImageConfig::default(), &Environment::default()), Err(NoCommand));
    }

    #[test]
    fn only_the_pods_own_words_are_expanded_env_3() {
        let image = ImageConfig { entrypoint: words("/$(A)"), ..ImageConfig::default() };
        let mut container = testing::container("c");
        container.args = words("$(A) $$(A) $(B)");
        let env = Environment(vec![("A".to_owned(), "1".to_owned())]);
        assert_eq!(argv(&container, &image, &env).unwrap(), words("/$(A) 1 $(A) $(B)"));
    }
}
