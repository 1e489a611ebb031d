import RedisTesting
import TestSupport
import Testing

@Suite("The end of a group of servers", .tags(.cluster, .once), .serialized)
struct GroupEndTests {
    @Test(.timeLimit(.minutes(1)))
    func `leaves neither a process nor a folder, also of a node that was paused or killed`() async throws {
        let cluster = try await RedisCluster.start(RedisClusterOptions(primaries: 2, replicasPerPrimary: 1))
        try cluster.pause(cluster.nodes[0])
        cluster.kill(cluster.nodes[3])
        let processes = cluster.nodes.flatMap { [$0.server.processID, $0.server.guardProcessID] }
        let folders = cluster.nodes.map(\.server.directory)
        #expect(folders.count { FileSystem.exists($0) } == 4)
        cluster.stop()
        #expect(processes.map { ProcessStatus.of($0) }.allSatisfy { $0 == .absent })
        #expect(folders.count { FileSystem.exists($0) } == 0)
        cluster.stop()  // idempotent
    }

    @Test(.timeLimit(.minutes(1)))
    func `comes with the first server that does not start`() async throws {
        let (error, starts) = try await startOfAFailing(after: 2, RedisClusterOptions(password: "s3cret"))
        #expect(error?.code == .startFailed)
        #expect(error?.message.contains("exited with status 3; the end of its log:\nno more *** today") == true)
        #expect(starts.count == 6)
        for start in starts {
            #expect(try await eventually { isGone(start.process) })
            #expect(!FileSystem.exists(start.folder))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `comes when the servers do not become a cluster in time`() async throws {
        // Nobody can be reached at the address that they tell each other.
        let options = RedisClusterOptions(
            password: "s3cret",
            arguments: ["--cluster-announce-bus-port", "1"],
            startTimeout: .seconds(5)
        )
        let (error, starts) = try await startOfAFailing(after: 6, options)
        #expect(error?.code == .timeout)
        let message = try #require(error?.message)
        #expect(message.hasPrefix("waited in vain for the nodes to know each other: node "))
        #expect(message.contains("\nthe end of the log of node 5 (127.0.0.1:"))
        #expect(!message.contains("s3cret"))
        #expect(starts.count == 6)
        for start in starts {
            #expect(ProcessStatus.of(start.process) == .absent)
            #expect(!FileSystem.exists(start.folder))
        }
    }

    /// Starts a cluster with a program of which only the first instances serve.
    private func startOfAFailing(
        after count: Int,
        _ options: RedisClusterOptions
    ) async throws -> (error: RedisTestingError?, starts: [(process: Int32, folder: String)]) {
        let folder = try FileSystem.makeTemporaryFolder(prefix: "redis-testing-scratch-")
        defer { FileSystem.removeTree(folder) }
        let program = """
            #!/bin/sh
            [ "$1" = --version ] && exec redis-server --version
            number=0
            until mkdir "\(folder)/$number" 2>/dev/null; do number=$((number + 1)); done
            echo "$$ ${1%/*}" >"\(folder)/$number/start"
            [ $number -ge \(count) ] && echo "no more s3cret today" && exit 3
            exec redis-server "$@"

            """
        try FileSystem.write(program, to: "\(folder)/server", mode: 0o700)
        var options = options
        options.executable = "\(folder)/server"
        let error = await failure { () throws(RedisTestingError) in
            let cluster = try await RedisCluster.start(options)
            cluster.stop()
        }
        let starts = FileSystem.names(in: folder).compactMap { name -> (process: Int32, folder: String)? in
            let words = FileSystem.readText("\(folder)/\(name)/start").split(whereSeparator: \.isWhitespace)
            guard words.count == 2, let process = Int32(words[0]) else { return nil }
            return (process, String(words[1]))
        }
        return (error, starts)
    }
}
