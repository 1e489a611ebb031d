package import RedisRESP

/// New credentials for a link that is up, with the command that contains them and the promise of the outcome.
package struct Authentication: Sendable {
    package let credentials: RedisCredentials
    package let command: RedisCommand
    package let promise: Promise<Void>

    init(_ credentials: RedisCredentials, protocolVersion: Int, _ promise: Promise<Void>) {
        self.credentials = credentials
        self.promise = promise
        let isPasswordOnly = protocolVersion < 3 && credentials.isOfDefaultUser
        command = RedisCommand(credentials.authentication(isPasswordOnly: isPasswordOnly))
    }
}

extension RedisCredentials {
    /// The name that a server knows this user by.
    var user: String { username.flatMap { $0.isEmpty ? nil : $0 } ?? "default" }

    var isOfDefaultUser: Bool { user == "default" }

    /// AUTH, as a command or as a part of HELLO.
    ///
    /// - Parameter isPasswordOnly: Whether to send the password alone, which is all that servers before 6.0, and so
    ///   before RESP3, understand; later ones understand it for the default user.
    /// - Returns: The words.
    func authentication(isPasswordOnly: Bool = false) -> [RedisBytes] {
        ["AUTH"] + (isPasswordOnly ? [] : [RedisBytes(user)]) + [RedisBytes(password)]
    }
}
