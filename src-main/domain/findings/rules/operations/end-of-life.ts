import { describeSeconds } from '../../../units.ts'
import { parseVersion } from '../../../replies/version.ts'
import { newestLine, releaseLine } from '../../advisories.ts'
import { nodeSubject } from '../../rule-facts.ts'
import { evidence, type Rule, type Verdict } from '../../rule.ts'
import { answeringNodes, versionField, versionWords } from './hosts.ts'

/** A release line that gets no fixes any more. */
export const endOfLife: Rule = {
  code: 'end-of-life',
  section: 'operations',
  severities: ['warning'],
  fires: 'the release line of the version has ended, by the days published by its project.',
  matters: 'Defects found since stay in it, the ones that lose data and the ones that let others in.',
  advice: 'Move to a maintained line; check whether your distribution maintains this one.',
  holdForMs: 0,
  judge: (context) =>
    answeringNodes(context).flatMap((node): readonly Verdict[] => {
      const server = node.info?.server
      const version = parseVersion(server?.version)
      if (server === undefined || version === undefined) return []
      const line = releaseLine(server.flavour, version)
      if (line?.endOfLifeAt === undefined || line.endOfLifeAt > context.snapshot.takenAt) return []
      const since = describeSeconds((context.snapshot.takenAt - line.endOfLifeAt) / 1000)
      return [
        {
          kind: 'fires',
          subject: nodeSubject(node.id),
          severity: 'warning',
          title: `${node.id} runs ${versionWords(node) ?? ''}: the line ${line.line} has had no fixes since ${line.endOfLife ?? ''}`,
          evidence: [
            evidence(context, node.id, versionField(node), server.version),
            evidence(context, node.id, 'end of life', line.endOfLife),
          ],
          why: `For ${since} nobody of the project has mended this line${line.lastRelease === undefined ? '' : `; its last release is ${line.lastRelease}`}. A distribution may maintain it without changing the number, which cannot be seen from outside.`,
          remedy: [
            `Plan the move to a maintained line (the newest known here is ${newestLine(server.flavour) ?? 'not known'}): replicas first, the master last. Newer files cannot be read by older servers, so keep a backup.`,
          ],
        },
      ]
    }),
}
