import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import TestSupport
import Testing

/// Who called a script, and what a replica got from its primary: both rest on the order and the form of a server's
/// lines.
@Suite("The origins of commands at each release", .tags(.release), .timeLimit(.minutes(3)))
struct ScriptCallerReleaseTests {
    private func watching(_ options: [String], _ server: RedisServer) async throws -> RwatchProcess {
        let rwatch = try RwatchProcess(["monitor", "-p", "\(server.port)", "--guard", "0"] + options)
        #expect(try await eventually { rwatch.notices.contains("watching ") }, "\(rwatch.notices)")
        return rwatch
    }

    @Test("--lua attribute gives a script's commands the address of its caller", arguments: ServerRelease.all)
    func callers(_ release: ServerRelease) async throws {
        try await withRelease(release) { server in
            let rwatch = try await watching(
                ["--lua", "attribute", "--json", "--cmd", "set,get,eval,evalsha,exec", "--until", "\"the\" \"end\""],
                server
            )
            let links = [
                try CommandLink(RedisConfiguration(url: server.url)),
                try CommandLink(RedisConfiguration(url: server.url)),
            ]
            let script: RedisBytes = "redis.call('SET', KEYS[1], ARGV[1]); return redis.call('GET', KEYS[1])"
            for number in 0..<10 {
                let link = links[number % 2]
                _ = try await link.send(["EVAL", script, "1", "k\(number)", "\(number % 2)"])
                _ = try await links[1 - number % 2].send(["GET", "k\(number)"])
            }
            // In a transaction scripts stand among other commands.
            for command: RedisCommand in [
                ["MULTI"], ["GET", "a"], ["EVAL", script, "1", "m", "0"], ["GET", "b"], ["EXEC"],
            ] { _ = try await links[0].send(command) }
            _ = try await links[0].send(["SET", "the", "end"])
            #expect(try await rwatch.status() == 0)
            for link in links { await link.close() }
            let events = try rwatch.lines.map {
                try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            let scripts = events.filter { $0["lua"] as? Bool == true }
            #expect(scripts.count == 22)
            #expect(events.allSatisfy { $0["client"] as? String != "lua" })
            // Each of them has the address of the EVAL before it, and no other command says that it is a script's.
            var caller: String?
            for event in events {
                if event["cmd"] as? String == "EVAL" { caller = event["client"] as? String }
                if event["lua"] != nil { #expect(event["client"] as? String == caller) }
            }
            #expect(Set(scripts.compactMap { $0["client"] as? String }).count == 2)
        }
    }

    @Test(
        "a replica's lines from its primary are left out, and shown with --replicated",
        arguments: ServerRelease.all
    )
    func replicated(_ release: ServerRelease) async throws {
        try await withRelease(release) { primary in
            let options = RedisServerOptions(arguments: ["--replicaof", "127.0.0.1", "\(primary.port)"])
            try await withRelease(release, options) { replica in
                #expect(
                    try await eventually {
                        try replica.command("INFO", "replication").contains("master_link_status:up")
                    }
                )
                let all = try await watching(["--replicated", "--cmd", "set,get", "--until", "end"], replica)
                let own = try await watching(["--cmd", "set,get,select,ping", "--until", "end"], replica)
                let ownRESP2 = try await watching(["-2", "--cmd", "set,get,select", "--until", "end"], replica)
                for number in 0..<3 { try primary.command("SET", "k\(number)", "v") }
                try primary.command("EVAL", "return redis.call('SET', KEYS[1], 'v')", "1", "k3")
                #expect(try await eventually { try replica.command("EXISTS", "k3") == "1" })
                try replica.command("GET", "k0")
                try replica.command("GET", "end")
                for rwatch in [all, own, ownRESP2] { #expect(try await rwatch.status() == 0) }
                for rwatch in [own, ownRESP2] {
                    #expect(rwatch.lines.map { $0.contains(#""SET""#) } == [false, false], "\(rwatch.lines)")
                }
                #expect(all.lines.filter { $0.contains(#""SET""#) }.count == 4, "\(all.lines)")
            }
        }
    }
}
