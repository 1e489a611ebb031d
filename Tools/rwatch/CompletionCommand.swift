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

            With RWATCH_COMPLETE_NAMES=1 in the environment, rwatch remembers which
            server it used last, in ~/.local/state/rwatch/last and without users and
            passwords of URLs; the names of its channels and keys are completed too.
            '-u @last' is that server.
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
    /// The channels that are active at the last server, if the environment asks for them.
    static var activeChannels: CompletionKind { names(of: .channels) }

    /// Keys of the last server, if the environment asks for them.
    static var someKeys: CompletionKind { names(of: .keys) }

    private static func names(of kind: CompleteNames.Kind) -> CompletionKind {
        .shellCommand("rwatch complete-names \(kind.rawValue) -u @\(LastServer.name) 2>/dev/null")
    }
}
