import ArgumentParser
import Reactor
import RedisCore
import RwatchKit

/// The command `rwatch`.
@main
struct Rwatch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rwatch",
        abstract: "Watch what happens in Redis and Valkey.",
        discussion: """
            Examples:
              rwatch monitor -h redis.example     every command that it executes
              rwatch sub orders -P 'cache.*'      messages of a channel and a pattern
              rwatch sub orders --json | jq .     as JSON, one object a line
              rwatch keys 'user:*' --events del   keys that are deleted
              rwatch demo                         see it work, without a server

            Connection options may stand before or after the command.
            RWATCH_URL names a server when no option does; REDISCLI_AUTH
            holds a password.

            Exit status:
               0  ended as asked
               1  --for was over before -C
              64  usage
              69  cannot connect, or lost with --no-reconnect
              74  output failed
              75  monitor left to protect the server (--guard-exit)
              77  wrong password or no permission
              78  the server lacks what is needed, or is not set for it
              128 + n by signal n
            """,
        version: "rwatch \(Library.version)",
        subcommands: [
            MonitorCommand.self, SubCommand.self, PatternSubCommand.self, ShardSubCommand.self, KeysCommand.self,
            PubCommand.self, ChannelsCommand.self, DemoCommand.self,
        ],
        helpNames: .long
    )

    static func main() async {
        guard ThisProcess.fillStandardDescriptors() else {
            Notices.say("cannot write: standard output is closed")
            ExitStatus.outputFailed.exit()
        }
        var arguments = Array(CommandLine.arguments.dropFirst())
        SecretArguments.hide(arguments)
        arguments = OptionalValues.fill(arguments, defaults: ["--wait": "30s", "--enable": KeysCommand.missing])
        do {
            let order = ArgumentOrder(commands: CommandNames.all, options: ConnectionOptions.names)
            var command = try parseAsRoot(try order.arrange(arguments))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as ArgumentOrderError {
            Notices.say("\(error)", advice: "Try 'rwatch --help'.")
            ExitStatus.usage.exit()
        } catch {
            exit(withError: error)
        }
    }
}

/// The words that can stand for a command.
enum CommandNames {
    static let all = [
        "monitor", "sub", "subscribe", "psubscribe", "ssubscribe", "keys", "pub", "publish", "channels", "demo", "help",
    ]
}
