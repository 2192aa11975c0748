-- Direct memberships.
-- reads: pg_auth_members pg_roles
SELECT textsend(r.rolname::text) AS role, textsend(m.rolname::text) AS member,
       textsend(coalesce(g.rolname::text, x.grantor::text)) AS grantor, x.admin_option AS admin,
       {16:x.inherit_option|m.rolinherit} AS inherit, {16:x.set_option|true} AS set_role
FROM pg_auth_members x
JOIN pg_roles r ON r.oid = x.roleid
JOIN pg_roles m ON m.oid = x.member
LEFT JOIN pg_roles g ON g.oid = x.grantor
