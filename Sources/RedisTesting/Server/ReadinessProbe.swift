/// Asks a server that has just been started whether it serves.
struct ReadinessProbe {
    let address: SocketAddress
    let password: String?
    let processID: Int32
    /// The server's log since its start.
    let log: () -> String

    /// What one look has found.
    enum Finding {
        case ready
        case notYet(String)
    }

    /// Looks once, for at most a second: a server that accepts connections but is stuck is looked at again.
    func look() -> Finding {
        let deadline = Deadline(after: .seconds(1))
        do throws(RedisTestingError) {
            var connection = try AdminConnection(address, password: password, deadline)
            defer { connection.close() }
            guard try connection.call([Array("PING".utf8)]) == "PONG" else { return .notYet("no PONG to PING") }
            let info = try connection.call(["INFO", "server"].map { Array($0.utf8) })
            // Another server may have taken the port before ours could, and would answer just as well.
            let isOurs = info.split(whereSeparator: \.isNewline).contains { $0 == "process_id:\(processID)" }
            return isOurs ? .ready : .notYet("another server answers on \(address)")
        } catch {
            guard error.code == .errorReply else { return .notYet(error.message) }
            return judge(error.message)
        }
    }

    /// What an error reply says about readiness.
    private func judge(_ reply: String) -> Finding {
        let word = reply.prefix { $0 != " " }
        switch word {
        case "NOAUTH", "NOPERM", "MASTERDOWN":
            // It serves, though not us. That it is ours can only be seen in its log.
            return log().containsBytes(of: "eady to accept connections") ? .ready : .notYet(reply)
        default:
            return .notYet(reply)  // LOADING, BUSY, or a stranger that knows another password
        }
    }
}
