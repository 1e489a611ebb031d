// Commands whose keys only a server knows. The server is asked on the node for commands without keys, so that questions
// keep the order of the commands. A wrong guess of the keys does no harm: only the server that has the keys executes
// the command, and other servers redirect it.
extension CommandCluster {
    /// The most rules that are kept. A program that sends more commands than servers have invents them.
    private static var mostRules: Int { 512 }

    /// Asks for the rule of an unknown command, then sends it.
    func learn(_ command: RedisCommand, _ call: ClusterCall) {
        let name = command.name
        guard let key = name.commandName else { return goOn(command, .anywhere, call) }
        if let rule = learnedRules[key] { return goOn(command, CommandTarget(command, rule), call) }
        ask(["COMMAND", "INFO", name], for: call) { $0.learned($1, key, command, call) }
    }

    /// Asks the node for commands without keys, on behalf of a call, under its number and until its deadline.
    private func ask(
        _ question: RedisCommand,
        for call: ClusterCall,
        _ body: @escaping @Sendable (isolated CommandCluster, Result<RESPValue, RedisError>) -> Void
    ) {
        // In a turn of its own, because the link is in the middle of its work.
        let recipient = CommandRecipient.call { result in self.onLoop { body($0, result) } }
        dispatch(ClusterCommand(question, to: .anywhere, call, recipient))
    }

    private func learned(
        _ result: Result<RESPValue, RedisError>,
        _ key: String,
        _ command: RedisCommand,
        _ call: ClusterCall
    ) {
        switch result {
        case .success(let reply):
            // A command that the server does not know today may come with a module tomorrow.
            guard let rule = reply.elements?.first.flatMap({ KeyRule(info: $0) }) else {
                return goOn(command, .anywhere, call)
            }
            if learnedRules.count >= Self.mostRules { learnedRules = [:] }
            learnedRules[key] = rule
            goOn(command, CommandTarget(command, rule), call)
        case .failure(let error) where error.serverMessage != nil:
            // Without the right to ask, the command is sent to a server that redirects it.
            goOn(command, .anywhere, call)
        case .failure(let error):
            call.recipient.fail(error.with(.notExecuted), writtenBytes: 0)
        }
    }

    /// Asks for the keys of one command, then sends it.
    func askForKeys(of command: RedisCommand, _ call: ClusterCall) {
        ask(RedisCommand(["COMMAND", "GETKEYS"] + command.arguments), for: call) { cluster, result in
            switch result {
            case .success(let reply):
                cluster.goOn(command, CommandTarget(keys: reply.elements?.compactMap(\.bytes) ?? []), call)
            case .failure(let error) where error.serverMessage != nil:
                // The command has no keys, is malformed, or the user may not ask about it.
                cluster.goOn(command, .anywhere, call)
            case .failure(let error):
                call.recipient.fail(error.with(.notExecuted), writtenBytes: 0)
            }
        }
    }
}
