/// New credentials for a link that is up, the command that says them, and whoever waits for how that went.
package struct Authentication: Sendable {
    package let credentials: RedisCredentials
    package let command: RedisCommand
    package let answer: Promise<Void>

    init(_ credentials: RedisCredentials, protocolVersion: Int, _ answer: Promise<Void>) {
        self.credentials = credentials
        self.answer = answer
        let user = credentials.username ?? ""
        // Before 6.0, and so before RESP3, AUTH takes the password alone; later it may for the default user.
        let isPasswordOnly = protocolVersion < 3 && (user.isEmpty || user == "default")
        command = RedisCommand(
            isPasswordOnly
                ? ["AUTH", RedisBytes(credentials.password)]
                : ["AUTH", RedisBytes(user.isEmpty ? "default" : user), RedisBytes(credentials.password)]
        )
    }
}
