SELECT d.* FROM decisions AS d JOIN wanted AS w ON w.id = d.id ORDER BY d.id
