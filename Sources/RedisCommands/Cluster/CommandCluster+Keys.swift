// Commands whose keys only a server knows. The server is asked on the node for commands without keys, so that questions
// keep the order of the commands. A wrong guess of the keys does no harm: only the server that has the keys executes
// the command, and other servers redirect it.
extension CommandCluster {
    /// The most rules that are kept. A program that sends more commands than servers have invents them.
    private static var mostRules: Int { 512 }

    /// Asks for the rule of an unknown command, then sends it.
    func learn(_ command: RedisCommand, _ promise: Promise<RESPValue>) {
        guard let name = command.arguments.first, let key = name.commandName else {
            return goOn(command, .anywhere, promise)
        }
        if let rule = learnedRules[key] { return goOn(command, CommandTarget(command, rule), promise) }
        let question = ClusterCommand(["COMMAND", "INFO", name], to: .anywhere, for: promise) { result in
            self.assumeIsolated { $0.learned(result, key, command, promise) }
        }
        dispatch(question)
    }

    private func learned(
        _ result: Result<RESPValue, RedisError>,
        _ key: String,
        _ command: RedisCommand,
        _ promise: Promise<RESPValue>
    ) {
        switch result {
        case .success(let reply):
            // A command that the server does not know today may come with a module tomorrow.
            guard let rule = reply.elements?.first.flatMap({ KeyRule(info: $0) }) else {
                return goOn(command, .anywhere, promise)
            }
            if learnedRules.count >= Self.mostRules { learnedRules = [:] }
            learnedRules[key] = rule
            goOn(command, CommandTarget(command, rule), promise)
        case .failure(let error) where error.serverMessage != nil:
            // Without the right to ask, the command is sent to a server that redirects it.
            goOn(command, .anywhere, promise)
        case .failure(let error):
            promise.complete(.failure(error))
        }
    }

    /// Asks for the keys of one command, then sends it.
    func askForKeys(of command: RedisCommand, _ promise: Promise<RESPValue>) {
        let words = ["COMMAND", "GETKEYS"] + command.arguments
        let question = ClusterCommand(RedisCommand(words), to: .anywhere, for: promise) { result in
            self.assumeIsolated { cluster in
                switch result {
                case .success(let reply):
                    cluster.goOn(command, CommandTarget(keys: reply.elements?.compactMap(\.bytes) ?? []), promise)
                case .failure(let error) where error.serverMessage != nil:
                    // The command has no keys, is malformed, or the user may not ask about it.
                    cluster.goOn(command, .anywhere, promise)
                case .failure(let error):
                    promise.complete(.failure(error))
                }
            }
        }
        dispatch(question)
    }
}
