import ArgumentParser
import RedisCore
import RedisReactor
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
              rwatch sub orders --json | jq .     as JSON, one object per line
              rwatch keys 'user:*' --events del   keys that are deleted
              rwatch demo                         see it work, without a server

            Options may come before or after the command. RWATCH_URL names the
            server when no option does; REDISCLI_AUTH holds a password. Targets
            (-u @name) stand in ~/.config/rwatch/config, one per line: the name
            and its options.

            Exit status:
               0  ended as requested
                1  --for or --idle ended it before -C or --until; --require not met;
                  a command of --exec failed; bench: messages are missing
              64  usage error
              65  a line of a recording cannot be used (--strict)
              66  standard input, a recording or a file of names cannot be
                  read
              69  cannot connect, not watching within --for, or link lost
                  with --no-reconnect
              74  writing the output failed
              75  left MONITOR to protect the server (--guard-exit)
              77  wrong password, no permission, or every name refused
              78  the server lacks a command or is not set up for it, or the
                  file of targets is wrong
              128 + n  ended by signal n
            """,
        version: "rwatch \(Library.version)",
        subcommands: CommandTable.types,
        helpNames: .long
    )

    static func main() async {
        // This comes first, because a core file would contain what is kept out of the process list and the environment.
        ThisProcess.forbidCoreDumps()
        SecretArguments.hideEnvironment()
        let arranging = Result { () throws(ArgumentOrderError) in try SecretArguments.arrange(ThisProcess.arguments) }
        guard ThisProcess.fillStandardDescriptors() else {
            Notices.say("cannot write: standard output is closed")
            ExitStatus.outputFailed.exit()
        }
        var arranged = ArrangedArguments(words: [])
        do {
            arranged = try arranging.get()
            // If an option had this text as its value, it would follow a "=".
            if arranged.words.contains("--allow-core-dumps") { ThisProcess.allowCoreDumps() }
            if arranged.words.isEmpty { return print(FirstSteps.overview) }
            arranged = try withTargets(arranged)
            if arranged.command.map({ CommandTable.usesServers($0) }) ?? false {
                LastServer.remember(arranged, ConnectionOptions.rules)
            }
            var command = try parseAsRoot(arranged.words)
            guard let command = command as? any RwatchCommand else { return try command.run() }
            let status = try await command.run(arranged)
            if status == .unavailable, let advice = FirstSteps.advice(arranged) { Notices.say(advice) }
            status.exit()
        } catch let error as RedisError {
            Notices.say(error.words)
            ExitStatus(error).exit()
        } catch let error as SelectionError {
            refuse("\(error.option): \(error.mistake.message)", arranged.command, place: error.mistake.place)
        } catch let error as NamedTargetsError {
            Notices.say("\(error)")
            ExitStatus.unsupported.exit()
        } catch let error as ArgumentOrderError {
            refuse(error.description, error.command)
        } catch {
            // Requested help goes to standard output.
            if exitCode(for: error) == .success { exit(withError: error) }
            refuse(SecretArguments.redacted(message(for: error), arranged.words), arranged.command)
        }
    }

    /// The command line with the options of the targets that it names.
    private static func withTargets(_ arguments: ArrangedArguments) throws(NamedTargetsError) -> ArrangedArguments {
        guard NamedTargets.areNamed(in: arguments), let path = NamedTargets.path() else { return arguments }
        let targets = try NamedTargets(for: arguments, path: path)
        return try targets.expand(arguments, ConnectionOptions.rules) { Notices.say($0) }
    }

    /// `place` are lines that show the place of a mistake.
    private static func refuse(_ text: String, _ command: String?, place: String? = nil) -> Never {
        let advice = "Try 'rwatch \(command.map { "\($0) " } ?? "")--help'."
        Notices.say(text, advice: (place.map { "\($0)\n" } ?? "") + advice)
        ExitStatus.usage.exit()
    }
}
