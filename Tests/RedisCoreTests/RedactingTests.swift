import RedisCore
import TestSupport
import Testing

/// An error line that answers what held a password.
@Suite("Redaction of error lines", .tags(.unit))
struct RedactingTests {
    private static let endpoint = RedisEndpoint.tcp(host: "h", port: 1)
    private static let passwords = ["p", "user", "ERR", "", "WRONGPASS", " ", "invalid", "hunter2", ".", "may repeat"]

    private func shown(_ line: String, _ password: String) -> RedisError {
        RedisError.server(line, at: Self.endpoint, .handshake).redacting(RedisCredentials(password: password))
    }

    @Test(
        "known lines stay whole, whatever the password is",
        arguments: [
            "WRONGPASS invalid username-password pair or user is disabled.", "ERR invalid password",
            "NOAUTH Authentication required.", "ERR Client sent AUTH, but no password is set",
            "ERR max number of clients reached", "NOPROTO unsupported protocol version",
            "ERR wrong number of arguments for 'auth' command", "ERR unknown command 'HELLO'",
            "NOPERM User default has no permissions to run the 'client|setname' command",
            "LOADING Redis is loading the dataset in memory",
        ]
    )
    func known(line: String) {
        for password in Self.passwords {
            let error = shown(line, password)
            #expect(error.message == line)
            #expect(error.serverMessage == line)
        }
    }

    @Test("no other line shows more than its first word, and none shows by that what the password is")
    func unknown() {
        for (line, expected) in [
            ("ERR bad hunter2", "ERR (what the server said is not shown: it may repeat the password)"),
            ("WRONGPASS hunter2 is wrong", "WRONGPASS (what the server said is not shown: it may repeat the password)"),
            ("hunter2 is wrong", "(what the server said is not shown: it may repeat the password)"),
            ("HUNTER2", "(what the server said is not shown: it may repeat the password)"),
            ("", "(what the server said is not shown: it may repeat the password)"),
            (
                "ERR unknown command 'AUTH hunter2'",
                "ERR (what the server said is not shown: it may repeat the password)"
            ),
            ("ERR unknown command 'HELLO', with args beginning with: '3' 'hunter2'", "ERR unknown command 'HELLO'"),
            (
                "NOAUTH HELLO must be called with the client already authenticated, otherwise hunter2",
                "NOAUTH HELLO must be called with the client already authenticated"
            ),
        ] {
            for password in Self.passwords {
                let error = shown(line, password)
                #expect(error.message == expected)
                #expect(error.serverMessage == expected)
            }
        }
    }

    @Test("what this library says of a line stays, and so does a line that answers no password")
    func words() {
        var error = RedisError(.invalidConfiguration, "database 99: ERR odd hunter2", endpoint: Self.endpoint)
        error.serverMessage = "ERR odd hunter2"
        #expect(error.redacting(nil).message == "database 99: ERR odd hunter2")
        let hidden = error.redacting(RedisCredentials(password: "x"))
        #expect(
            hidden.message
                == "database 99: ERR (what the server said is not shown: it may repeat the password)"
        )
        error = RedisError(.authenticationFailed, "the server knows no users, only a password")
        error.serverMessage = "ERR wrong number of arguments for 'auth' command"
        #expect(
            error.redacting(RedisCredentials(password: "a")).message == "the server knows no users, only a password"
        )
    }

    /// By Unicode's rules the comma is another character with an accent, and the K is a letter of ASCII.
    @Test("what a line repeats of a command is not shown, whatever Unicode makes of it")
    func unicode() {
        let plain = RedisError.server(
            "ERR unknown\u{301} command 'x',\u{301} with args beginning with: 'secret'",
            at: Self.endpoint,
            .command
        )
        #expect(plain.message == "ERR unknown\u{301} command 'x'")
        let shown = shown("ERR un\u{212A}nown secret", "secret")
        #expect(shown.message == "ERR (what the server said is not shown: it may repeat the password)")
        #expect(self.shown("WRONGPASS invalid username-password pair\u{301}", "x").message.hasSuffix("the password)"))
    }
}
