import ArgumentParser
import RedisRESP
import RwatchKit

struct CompletionCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print what makes a shell complete commands, options and their values.",
        usage: "rwatch completion <bash|zsh|fish>",
        discussion: """
            Examples:
              source <(rwatch completion bash)
              rwatch completion zsh > "${fpath[1]}/_rwatch"
              rwatch completion fish > ~/.config/fish/completions/rwatch.fish

            With RWATCH_COMPLETE_NAMES=1 in the environment, 'sub' and 'pub' also
            complete the names of the channels that are active at the server that
            RWATCH_URL names.
            """,
        helpNames: .long
    )

    static let rule = CommandRule("completion", operands: 1...1, called: "a shell: bash, zsh or fish")

    @Argument(help: "The shell: bash, zsh or fish.", completion: .list(["bash", "zsh", "fish"]))
    private var shell: String?

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        guard let name = arguments.operands.first?.text, let shell = CompletionShell(rawValue: name) else {
            throw ValidationError("there are completions for bash, zsh and fish")
        }
        return await PrintText.run(Rwatch.completionScript(for: shell))
    }
}

extension CompletionKind {
    /// The channels that are active at a server, if the environment asks for them; of those only the names that mean
    /// nothing to a shell.
    static var activeChannels: CompletionKind {
        .shellCommand(
            """
            test -n "$RWATCH_COMPLETE_NAMES" && rwatch channels 2>/dev/null \
            | sed -n 's/^\\(shard\\)\\{0,1\\}channel "\\([A-Za-z0-9._:@/-]*\\)" .*/\\2/p'
            """
        )
    }
}
