// Commands whose keys only a server knows. It is asked the way such a command itself would go without keys, so that
// questions keep the order of the commands. A wrong idea of the keys does no harm: the server that has them is the only
// one to execute the command, and the others say who that is.
extension CommandCluster {
    /// So many rules are kept. A program that sends more commands than servers have makes them up.
    private static var mostRules: Int { 512 }

    /// Asks for the rule of a command that nobody knows yet, then sends it.
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
            // One that the server does not know today may come with a module tomorrow.
            guard let rule = reply.elements?.first.flatMap({ KeyRule(info: $0) }) else {
                return goOn(command, .anywhere, promise)
            }
            if learnedRules.count >= Self.mostRules { learnedRules = [:] }
            learnedRules[key] = rule
            goOn(command, CommandTarget(command, rule), promise)
        case .failure(let error) where error.serverMessage != nil:
            // Without the right to ask, the server that gets the command says where it belongs.
            goOn(command, .anywhere, promise)
        case .failure(let error):
            promise.complete(.failure(error))
        }
    }

    /// Asks for the keys of this one command, then sends it.
    func askForKeys(of command: RedisCommand, _ promise: Promise<RESPValue>) {
        let words = ["COMMAND", "GETKEYS"] + command.arguments
        let question = ClusterCommand(RedisCommand(words), to: .anywhere, for: promise) { result in
            self.assumeIsolated { cluster in
                switch result {
                case .success(let reply):
                    cluster.goOn(command, CommandTarget(keys: reply.elements?.compactMap(\.bytes) ?? []), promise)
                case .failure(let error) where error.serverMessage != nil:
                    // It has none, is malformed, or may not be asked about.
                    cluster.goOn(command, .anywhere, promise)
                case .failure(let error):
                    promise.complete(.failure(error))
                }
            }
        }
        dispatch(question)
    }
}
