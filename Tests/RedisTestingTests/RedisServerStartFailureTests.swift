import RedisTesting
import TestSupport
import Testing

@Suite("A server that does not start", .tags(.server))
struct RedisServerStartFailureTests {
    @Test(.timeLimit(.minutes(1)), arguments: ["redis-server-that-is-not-there", "/nowhere/redis-server", "/tmp", ""])
    func `is missing: the error names what to install`(executable: String) async throws {
        let error = await failure { () throws(RedisTestingError) in
            _ = try await RedisServer.start(RedisServerOptions(executable: executable))
        }
        #expect(error?.code == .executableNotFound)
        #expect(error?.message.hasPrefix("no program \"\(executable)\". Install redis-server (") == true)
    }

    @Test(.timeLimit(.minutes(1)))
    func `shows the end of its log, and neither the password nor a folder left behind`() async throws {
        let options = RedisServerOptions(
            password: "s3cret",
            arguments: ["--nonsense", "s3cret"],
            directoryPrefix: "redis-testing-nonsense-"
        )
        let error = await failure { () throws(RedisTestingError) in _ = try await RedisServer.start(options) }
        #expect(error?.code == .startFailed)
        let message = try #require(error?.message)
        #expect(message.contains("exited with status 1; the end of its log:\n"))
        #expect(message.contains("Bad directive or wrong number of arguments"))
        #expect(message.contains("nonsense"))
        #expect(!message.contains("s3cret"))
        let parent = try scratchFolder()
        defer { FileSystem.removeTree(parent) }
        let folder = parent.split(separator: "/").dropLast().joined(separator: "/")
        #expect(!FileSystem.names(in: "/" + folder).contains { $0.hasPrefix("redis-testing-nonsense-") })
    }

    @Test(.timeLimit(.minutes(1)))
    func `never becomes ready: the wait ends, and so does the process`() async throws {
        let folder = try scratchFolder()
        defer { FileSystem.removeTree(folder) }
        let program = try script("echo $$ > '\(folder)/pid'; exec sleep 60", in: folder)
        let options = RedisServerOptions(executable: program, startTimeout: .milliseconds(500))
        let error = await failure { () throws(RedisTestingError) in _ = try await RedisServer.start(options) }
        #expect(error?.code == .startFailed)
        #expect(error?.message.contains("was not ready within 0.5 seconds (connect to ") == true)
        let line = FileSystem.readText("\(folder)/pid").split(separator: "\n").first
        let id = try #require(line.flatMap { Int32($0) })
        #expect(ProcessStatus.of(id) == .absent)
    }

    @Test(.timeLimit(.minutes(1)))
    func `is tried without the DEBUG option when it does not know that`() async throws {
        let folder = try scratchFolder()
        defer { FileSystem.removeTree(folder) }
        let program = try script(
            """
            if grep -q enable-debug-command "$1"; then
                echo 'Bad directive: enable-debug-command "yes"' >&2
                exit 1
            fi
            exec redis-server "$@"
            """,
            in: folder
        )
        try await withRedisServer(RedisServerOptions(executable: program)) { server async throws in
            #expect(try server.command("CONFIG", "GET", "enable-debug-command") == "enable-debug-command\nno")
            #expect(server.log.contains("Bad directive"))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `has lost its port to another one: it is tried on the next`() async throws {
        let folder = try scratchFolder()
        defer { FileSystem.removeTree(folder) }
        try await withRedisServer { other async throws in
            // The port of a server that really runs: it answers PING there, but it is not the one that was started.
            let program = try script(
                """
                if [ ! -e '\(folder)/tried' ]; then
                    touch '\(folder)/tried'
                    exec redis-server "$@" --port \(other.port)
                fi
                exec redis-server "$@"
                """,
                in: folder
            )
            try await withRedisServer(RedisServerOptions(executable: program)) { server async throws in
                #expect(FileSystem.exists("\(folder)/tried"))
                #expect(server.port != other.port)
                #expect(server.log.contains("Address already in use"))
                #expect(try server.command("CONFIG", "GET", "port") == "port\n\(server.port)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `is not mistaken for another server that answers on its port`() async throws {
        let folder = try scratchFolder()
        defer { FileSystem.removeTree(folder) }
        // Serves on the given port as a process of another number than the one that was started.
        let program = try script("redis-server \"$@\" & echo $! > '\(folder)/pid'; wait", in: folder)
        let options = RedisServerOptions(executable: program, startTimeout: .seconds(4))
        let error = await failure { () throws(RedisTestingError) in _ = try await RedisServer.start(options) }
        #expect(error?.code == .startFailed)
        #expect(error?.message.contains("(another server answers on ") == true)
        // What a wrapper has started does not outlive it.
        let line = FileSystem.readText("\(folder)/pid").split(separator: "\n").first
        let id = try #require(line.flatMap { Int32($0) })
        #expect(try await eventually { isGone(id) })
    }

    private func scratchFolder() throws(RedisTestingError) -> String {
        try FileSystem.makeTemporaryFolder(prefix: "redis-testing-scratch-")
    }

    private func script(_ text: String, in folder: String) throws(RedisTestingError) -> String {
        let path = "\(folder)/server"
        try FileSystem.write("#!/bin/sh\n\(text)\n", to: path, mode: 0o700)
        return path
    }
}
