import RedisCore
import RedisRESP
import TestSupport
import Testing

@Suite("What became of a command that got an error reply", .tags(.unit))
struct RedisExecutionTests {
    @Test(
        "is known from the command and the error's words, and is not claimed where it is not",
        arguments: [
            ("LPUSH", "WRONGTYPE Operation against a key", RedisExecution.notExecuted), ("SET", "OOM no", .notExecuted),
            ("EVAL", "ERR Error running script (call to f_1): @user_script:1: no", .executed),
            ("evalsha", "WRONGTYPE no script: 8a42, on @user_script:1.", .executed),
            ("EVAL", "ERR Error compiling script (new function): user_script:1: no", .notExecuted),
            ("EVALSHA", "NOSCRIPT No matching script.", .notExecuted), ("EVAL", "MOVED 1 a:1", .notExecuted),
            ("FCALL", "ERR wrong number of arguments for 'fcall' command", .notExecuted), ("EVAL", "MINE no", .unknown),
            ("EXEC", "EXECABORT no", .notExecuted), ("EXEC", "ERR halfway", .unknown),
            ("CONFIG", "ERR no", .unknown), ("MIGRATE", "IOERR no", .unknown),
            ("JSON.SET", "ERR no", .unknown), ("FT.ADD", "ERR unknown command 'FT.ADD'", .notExecuted),
        ]
    )
    func errorReply(_ name: String, _ line: String, _ expected: RedisExecution) {
        #expect(RedisError.server(line, to: RedisBytes(name), at: nil).execution == expected)
    }
}
