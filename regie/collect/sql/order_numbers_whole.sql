UPDATE typed_rows SET "order" = replace("order", '.0', '')
WHERE ends_with("order", '.0')
