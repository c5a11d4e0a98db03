-- The health of a MetricGate in Argo CD: what kstatus makes of it, which Flux and others go by, in Argo CD's words.
-- The operator writes one condition of these three as True.
local health = { Ready = "Healthy", Reconciling = "Progressing", Stalled = "Degraded" }

local status = obj.status or {}
if status.observedGeneration == obj.metadata.generation then
  for _, condition in ipairs(status.conditions or {}) do
    if condition.status == "True" and health[condition.type] ~= nil then
      return { status = health[condition.type], message = condition.message }
    end
  end
end
return { status = "Progressing", message = "The operator has not looked at this version of the gate yet" }
