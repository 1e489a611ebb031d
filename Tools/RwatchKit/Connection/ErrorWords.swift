package import RedisCore
package import RedisRESP
import RedisReactor

extension RedisError {
    /// The error for a user at a terminal: the server, the problem, and what to do. Where in the library it occurred
    /// does not help the user.
    package var words: String {
        let place = endpoint.map { "\($0): " } ?? ""
        let isConnect = phase == .connect && (code == .connectFailed || code == .connectTimedOut)
        return place + (isConnect ? "cannot connect: " : "") + cause(nil)
    }

    /// The error without the server. `user` is the user at the server.
    package func cause(_ user: String?) -> String {
        if let command = refusedCommand, lacksCommand {
            return "the server lacks \(command), or has renamed it (\(message))"
        }
        if lacksCommand { return "the server lacks a command that this needs, or has renamed it (\(message))" }
        switch serverPrefix {
        case "NOAUTH":
            return "the server requires a password: use -a, or set REDISCLI_AUTH (NOAUTH)"
        // The client of the cluster has its own text when it gives up.
        case "MOVED" where code != .noServer, "ASK" where code != .noServer, "CROSSSLOT":
            return "\(message): the server is a node of a cluster; -c watches all of it"
        case "NOPERM":
            guard let command = word("run the '", "'") else { return message }
            return "\(message); ACL SETUSER \(word("User ", " has") ?? user ?? "default") +\(command) would allow it"
        default: break
        }
        switch code {
        case .handshakeTimedOut where message == "no answer in time":
            return "the server accepted the connection but did not answer in time"
        case .connectionLost where message.hasSuffix("is this a TLS port?"),
            .protocolViolation where message.hasSuffix("is this a TLS port?"):
            return "\(message) use --tls"
        case .invalidConfiguration where message.hasSuffix("its password is missing"):
            return "\(message); use --key-pass-file, or set RWATCH_KEY_PASS"
        default: return message
        }
    }

    /// The error of an action on these names, with the ACL rule that would permit it if the user lacks the right.
    package func advised(_ deed: String, _ names: [RedisBytes], _ user: String?) -> RedisError {
        guard isAnswer else { return self }
        var text = cause(user)
        if !names.isEmpty {
            let isForbidden = serverPrefix == "NOPERM" && text == message
            let shown = names.prefix(Self.mostNames).map { Self.quoted($0) }.joined(separator: ", ")
            let rest = names.count > Self.mostNames ? " and \(names.count - Self.mostNames) more" : ""
            if isForbidden {
                let rules = names.prefix(Self.mostNames).map { Self.rule($0) }.joined(separator: " ")
                text += "; ACL SETUSER \(user ?? "default") \(rules) would allow it"
            }
            text = "cannot \(deed) \(shown)\(rest): \(text)"
        }
        // The text is complete, so what the server said must not be explained again.
        return RedisError(
            lacksCommand ? .unsupported : code,
            text,
            endpoint: endpoint,
            phase: phase,
            underlyingError: underlyingError
        )
    }

    private static let mostNames = 5

    /// The command in the server's complaint, in capitals.
    private var refusedCommand: String? {
        (word("'", "'") ?? word("`", "`"))?.uppercased()
    }

    /// The text between these two in the server's error, if it is one short word. A longer text could be dangerous in a
    /// command that the user is told to run.
    private func word(_ start: String, _ end: String) -> String? {
        guard let head = message.firstRange(of: start) else { return nil }
        let rest = message[head.upperBound...]
        guard let tail = rest.firstRange(of: end) else { return nil }
        let word = rest[..<tail.lowerBound]
        let isWord = (1..<32).contains(word.utf8.count) && word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        return isWord ? String(word) : nil
    }

    private static func quoted(_ name: RedisBytes) -> String {
        var buffer = OutputBuffer(capacity: 64)
        buffer.append(quoted: name.rawSpan)
        return String(decoding: buffer.take(), as: UTF8.self)
    }

    /// The ACL rule for a channel or a pattern, quoted for redis-cli.
    private static func rule(_ name: RedisBytes) -> String {
        let isPlain = !name.isEmpty && name.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"\"'\\".utf8.contains($0) }
        return isPlain ? "&\(name)" : quoted(RedisBytes([UInt8(ascii: "&")] + Array(name)))
    }
}
