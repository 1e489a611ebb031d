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
            ("EVAL", "BUSY Valkey is busy running a script. You can only call SCRIPT KILL.", .notExecuted),
            ("EVAL", "LOADING Redis is loading the dataset in memory", .notExecuted),
            ("EVAL", "READONLY You can't write against a read only replica. script: 8a42, on @x:1.", .notExecuted),
            ("EVAL", "OOM command not allowed when used memory > 'maxmemory'.", .notExecuted),
            ("EVAL", "NOPERM User limited has no permissions to run the 'eval' command", .notExecuted),
            ("EVAL", "NOPERM this user has no permissions to access one of the keys used as arguments", .notExecuted),
            ("EVAL_RO", "ERR unknown command 'EVAL_RO', with args beginning with: ", .notExecuted),
            ("EVAL_RO", "WRONGTYPE no script: 8a42, on @user_script:1.", .executed),
            ("EVAL", "CLUSTERDOWN Hash slot not served", .notExecuted),
            // What a script may say itself.
            ("EVAL", "BUSY try later", .unknown), ("EVAL", "TRYAGAIN", .unknown), ("EVAL", "LOADING cargo", .unknown),
            ("EVALSHA", "NOSCRIPT for this scene", .unknown), ("EVAL", "MOVED away", .unknown),
            ("FCALL", "READONLY account", .unknown), ("EVAL", "ERR account disabled", .unknown),
            ("M.GO", "BUSY with another", .unknown), ("CONFIG", "ERR CONFIG is disabled", .notExecuted),
            ("EVAL", "NOPERM ACL failure in script: User x has no permissions to run the 'set' command", .executed),
            (
                "EVAL", "ERR This Redis command is not allowed from script script: 8a42, on @user_script:1.", .executed
            ),
            ("EXEC", "EXECABORT no", .notExecuted), ("EXEC", "ERR halfway", .unknown),
            ("CONFIG", "ERR no", .unknown), ("MIGRATE", "IOERR no", .unknown),
            ("JSON.SET", "ERR no", .unknown), ("FT.ADD", "ERR unknown command 'FT.ADD'", .notExecuted),
        ]
    )
    func errorReply(_ name: String, _ line: String, _ expected: RedisExecution) {
        #expect(RedisError.server(line, to: RedisBytes(name), at: nil).execution == expected)
    }
}
